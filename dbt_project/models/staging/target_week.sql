with dataset as (

    select
        name as dataset,
        week_starts_on,
        list_position(
            ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'], week_starts_on
        ) as first_weekday
    from {{ source('raw', 'dataset') }}

),

history as (

    select
        min(t_dat) as first_day,
        max(t_dat) as last_day
    from {{ ref('transactions') }}

),

next_week as (

    select
        dataset.dataset,
        dataset.week_starts_on,
        history.first_day,
        history.last_day,
        history.last_day + cast((dataset.first_weekday - isodow(history.last_day) + 6) % 7 + 1 as integer)
            as week_after_last_day
    from dataset
    cross join history

)

select
    dataset,
    week_starts_on,
    first_day,
    last_day,
    week_after_last_day,
    {% if var('target_week') -%}
    -- the first day of the week that holds the day that was asked for
    week_after_last_day + cast(floor((date '{{ var("target_week") }}' - week_after_last_day) / 7.0) * 7 as integer)
    {%- else -%}
    week_after_last_day
    {%- endif %} as target_week
from next_week
