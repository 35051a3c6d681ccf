-- The version of a week is what its used lines come to, in any order, and what shapes the tables that keep their weeks.
with lines as (

    select
        week,
        hash(t_dat, customer_id, article_id, quantity, price) as line_hash
    from {{ ref('checked_transactions') }}
    where rejected_because is null

)

select
    week,
    count(*) as lines,
    hash(count(*), sum(line_hash), '{{ shape_of_kept_weeks() }}') as version
from lines
group by week
