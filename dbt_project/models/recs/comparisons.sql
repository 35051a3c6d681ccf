select
    target_week,
    system,
    other_system,
    segment,
    metric,
    k,
    difference,
    ci_low,
    ci_high,
    effect_size,
    customers
from {{ ref('paired_differences') }}
