with numbered as (

    select
        target_week,
        width,
        parts,
        unnest(range(1, array_length(parts) + 1)) as number
    from {{ ref('weekly_points') }}

),

parts as (

    select
        target_week,
        width,
        number,
        parts[cast(number as integer)] as part
    from numbered

),

-- weeks with the same points share them: each different list once, in the order of recommendation_points
different as (

    select
        points,
        list(target_week order by target_week) as target_weeks,
        min(target_week) as first_week
    from {{ ref('weekly_points') }}
    group by points

),

shared as (

    select
        unnest(target_weeks) as target_week,
        cast(sum(array_length(points)) over (order by first_week) - array_length(points) as bigint) as points_before
    from different

),

sized as (

    select
        *,
        case when part['first_place'] = 0 then width else width * width end as size
    from parts

)

select
    sized.target_week,
    cast(sized.number as integer) as number,
    sized.part['signal'] as signal,
    cast(sized.part['first_place'] as integer) as first_place,
    cast(sized.part['second_place'] as integer) as second_place,
    cast(sized.width as integer) as width,
    cast(
        shared.points_before
        + sum(sized.size) over (partition by sized.target_week order by sized.number)
        - sized.size as bigint
    ) as points_before
from sized
inner join shared on sized.target_week = shared.target_week
