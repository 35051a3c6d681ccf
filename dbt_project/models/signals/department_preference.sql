select
    customer_key,
    value_key as department_key,
    cast(share as real) as department_share,
    cast(affinity as real) as department_affinity
from {{ ref('customer_attribute_shares') }}
where attribute = 'department'
