select
    line,
    rule,
    action,
    attribute,
    value,
    number,
    segment,
    valid_from,
    valid_to,
    articles,
    acts,
    problem
from {{ ref('rules_in_force') }}
