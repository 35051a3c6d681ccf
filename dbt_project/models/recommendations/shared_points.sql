-- A learned blend has some hundred thousand points and is in use for many weeks, which share them.
with different as (

    select
        points,
        list(target_week order by target_week) as target_weeks,
        min(target_week) as first_week
    from {{ ref('weekly_points') }}
    group by points

)

select
    points,
    target_weeks,
    first_week,
    cast(sum(len(points)) over (order by first_week) - len(points) as bigint) as points_before
from different
