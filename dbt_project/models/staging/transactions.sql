{{ config(materialized='incremental', tags='kept_weeks', pre_hook='{{ delete_outdated_weeks() }}') }}

with weeks as (

    {{ weeks_to_make() | indent(4) }}

),

lines as (

    select
        checked.transaction_date,
        checked.customer_id,
        checked.article_id,
        checked.quantity,
        checked.price
    from {{ ref('checked_transactions') }} as checked
    semi join weeks on checked.week = weeks.week
    where checked.rejected_because is null

    union all

    -- what was returned by the target week, to be subtracted on the day of its purchase
    select
        purchases.transaction_date,
        purchases.customer_id,
        purchases.article_id,
        -purchases.returned as quantity,
        null as price
    from {{ ref('returned_purchases') }} as purchases
    semi join weeks on purchases.week = weeks.week

),

merged as (

    select
        lines.transaction_date,
        customer_keys.customer_key,
        article_keys.article_key,
        cast(sum(lines.quantity) as bigint) as quantity,
        {{ fixed_sum('lines.price * lines.quantity') }}
            / sum(lines.quantity) filter (where lines.price is not null) as price
    from lines
    inner join {{ ref('customer_keys') }} as customer_keys on lines.customer_id = customer_keys.customer_id
    inner join {{ ref('article_keys') }} as article_keys on lines.article_id = article_keys.article_id
    group by lines.transaction_date, customer_keys.customer_key, article_keys.article_key
    having sum(lines.quantity) > 0

)

-- the week follows from the day: joined after the grouping, it is not carried through the groups
select
    merged.transaction_date,
    merged.customer_key,
    merged.article_key,
    merged.quantity,
    merged.price,
    weeks.week,
    weeks.week_version
from merged
cross join {{ source('raw', 'dataset') }} as dataset
inner join weeks on {{ first_day_of_week('merged.transaction_date', week_starts_on('dataset')) }} = weeks.week
