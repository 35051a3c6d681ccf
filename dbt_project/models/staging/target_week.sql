{%- set loaded_on = '(select loaded_on from ' ~ source('raw', 'dataset') ~ ')' -%}
with first_stray_day as (

    select {{ first_stray_day(ref('days')) }} as transaction_date

),

history as (

    select
        min(days.transaction_date) as first_day,
        max(days.transaction_date) filter (
            where first_stray_day.transaction_date is null or days.transaction_date < first_stray_day.transaction_date
        ) as last_day,
        max(days.transaction_date) filter (where days.transaction_date >= first_stray_day.transaction_date)
            as last_stray_day,
        coalesce(sum(days.lines) filter (where days.transaction_date >= first_stray_day.transaction_date), 0)
            as stray_lines
    from {{ ref('days') }} as days
    cross join first_stray_day

),

default_weeks as (

    select
        {{ default_week(ref('days'), loaded_on) }} as default_week,
        {{ known_until(ref('days'), loaded_on) }} as known_until

)

select
    dataset.name as dataset,
    {{ week_starts_on('dataset') }} as week_starts_on,
    history.first_day,
    history.last_day,
    default_weeks.known_until,
    {{ first_day_of_week('history.last_day', week_starts_on('dataset')) }} + 7 as week_after_last_day,
    default_weeks.default_week,
    history.last_stray_day,
    cast(history.stray_lines as bigint) as stray_lines,
    {% if asked_for() -%}
    {{ first_day_of_week(day_in_week(asked_for()), week_starts_on('dataset')) }}
    {%- else -%}
    default_weeks.default_week
    {%- endif %} as target_week
from {{ source('raw', 'dataset') }} as dataset
cross join history
cross join default_weeks
