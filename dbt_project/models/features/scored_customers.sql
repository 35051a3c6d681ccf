select
    customer_key,
    customer_order,
    segment_key
from {{ ref('customers') }}
{%- if var('customers') == 'buyers' %}
-- for backtests and training: only buyers of the target week; this selects the customers and changes no score
where
    customer_key in ({{ buyers_of_target_week() }})
    {%- if learned_blend() is none %}
    -- without a learned blend, the ranges of the signals are taken from these customers
    or customer_key in ({{ fixed_sample() }})
    {%- endif %}
{%- endif %}
