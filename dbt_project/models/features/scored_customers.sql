select
    customer_key,
    customer_order,
    segment_key
from {{ ref('customers') }}
{%- if var('customers') == 'buyers' %}
-- for backtests and training: only who bought in the target week; it chooses whom to score, never how
where
    customer_key in (
        select customer_key
        from {{ ref('transactions') }}
        where {{ in_target_week('t_dat') }}
    )
    or {{ in_fixed_sample('customer_order') }}
{%- endif %}
