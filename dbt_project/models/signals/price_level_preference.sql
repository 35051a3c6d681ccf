select
    customer_key,
    value_key as price_level_key,
    cast(affinity as real) as price_level_affinity
from {{ ref('customer_attribute_shares') }}
where attribute = 'price_level'
