with history as (

    select
        min(t_dat) as first_day,
        max(t_dat) as last_day
    from {{ ref('transactions') }}

)

select
    dataset.name as dataset,
    dataset.week_starts_on,
    history.first_day,
    history.last_day,
    {{ first_day_of_week('history.last_day', 'dataset.week_starts_on') }} + 7 as week_after_last_day,
    {% if var('target_week') -%}
    -- the first day of the week that holds the day that was asked for
    {{ first_day_of_week("date '" ~ var('target_week') ~ "'", 'dataset.week_starts_on') }}
    {%- else -%}
    week_after_last_day
    {%- endif %} as target_week
from {{ source('raw', 'dataset') }} as dataset
cross join history
