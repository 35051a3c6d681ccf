select
    customer_key,
    value_key as category_key,
    cast(share as real) as category_share,
    cast(affinity as real) as category_affinity
from {{ ref('customer_attribute_shares') }}
where attribute = 'category'
