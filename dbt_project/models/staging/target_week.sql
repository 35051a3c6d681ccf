with first_stray_day as (

    select {{ first_stray_day(ref('days')) }} as t_dat

),

history as (

    select
        min(days.t_dat) as first_day,
        max(days.t_dat) filter (where days.t_dat < coalesce(first_stray_day.t_dat, 'infinity')) as last_day,
        max(days.t_dat) filter (where days.t_dat >= first_stray_day.t_dat) as last_stray_day,
        coalesce(sum(days.lines) filter (where days.t_dat >= first_stray_day.t_dat), 0) as stray_lines
    from {{ ref('days') }} as days
    cross join first_stray_day

)

select
    dataset.name as dataset,
    dataset.week_starts_on,
    history.first_day,
    history.last_day,
    {{ first_day_of_week('history.last_day', 'dataset.week_starts_on') }} + 7 as week_after_last_day,
    history.last_stray_day,
    cast(history.stray_lines as bigint) as stray_lines,
    {% if var('target_week') -%}
    {{ first_day_of_week(day_in_week(var('target_week')), 'dataset.week_starts_on') }}
    {%- else -%}
    week_after_last_day
    {%- endif %} as target_week
from {{ source('raw', 'dataset') }} as dataset
cross join history
