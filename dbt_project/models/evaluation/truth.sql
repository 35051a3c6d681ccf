-- Nothing while the week has not ended: half a week would be half a truth.
select distinct
    customer_key,
    article_key
from {{ ref('transactions') }}
where
    {{ in_target_week('t_dat') }}
    and (select last_day from {{ ref('target_week') }}) >= {{ target_week() }} + 6
