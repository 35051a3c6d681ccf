-- Lists whose ranks are not 1, 2, ... up to `list_length` at most. Another test finds ranks that stand twice.
select
    customer_key,
    count(*) as articles,
    min(rank) as first_rank,
    max(rank) as last_rank
from {{ ref('target_week_lists') }}
group by customer_key
having
    min(rank) != 1
    or max(rank) != count(*)
    or max(rank) > {{ var('list_length') }}
