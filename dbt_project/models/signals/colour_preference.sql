select
    customer_key,
    value_key as colour_key,
    cast(affinity as real) as colour_affinity
from {{ ref('customer_attribute_shares') }}
where attribute = 'colour'
