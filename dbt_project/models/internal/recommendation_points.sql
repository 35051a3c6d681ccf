-- A learned blend has some hundred thousand points and is in use for many weeks, which share them.
with different as (

    select
        points,
        min(target_week) as first_week
    from {{ ref('weekly_points') }}
    group by points

)

-- in the order in which recommendation_parts counts them
select flatten(list(points order by first_week)) as points
from different
