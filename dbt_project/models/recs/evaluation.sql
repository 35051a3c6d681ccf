select
    target_week,
    system,
    segment,
    metric,
    k,
    value,
    ci_low,
    ci_high,
    customers
from {{ ref('metrics') }}
