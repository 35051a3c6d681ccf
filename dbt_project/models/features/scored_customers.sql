select
    customer_key,
    customer_order,
    segment_key
from {{ ref('customers') }}
{%- if var('customers') == 'buyers' %}
-- for backtests and training: only who bought in the target week; it chooses whom to score, never how
where
    customer_key in ({{ buyers_of_target_week() }})
    {%- if learned_blend() is none %}
    -- where the signals' values lie, without a learned blend that says so
    or customer_key in ({{ fixed_sample() }})
    {%- endif %}
{%- endif %}
