select
    customer_key,
    value_key as brand_key,
    cast(affinity as real) as brand_affinity
from {{ ref('customer_attribute_shares') }}
where attribute = 'brand'
