{{ config(materialized='kept_weeks', meta={'in_one_block': true}) }}

-- In one block, since the week of a raw line is computed: each block would compute it of all lines.
with weeks as (

    {{ weeks_to_make() | indent(4) }}

),

merged as (

    select
        checked.t_dat,
        customer_keys.customer_key,
        article_keys.article_key,
        cast(sum(checked.quantity) as bigint) as quantity,
        {{ fixed_sum('checked.price * checked.quantity') }}
            / sum(checked.quantity) filter (where checked.price is not null) as price
    from {{ ref('checked_transactions') }} as checked
    semi join weeks on checked.week = weeks.week
    inner join {{ ref('customer_keys') }} as customer_keys on checked.customer_id = customer_keys.customer_id
    inner join {{ ref('article_keys') }} as article_keys on checked.article_id = article_keys.article_id
    where checked.rejected_because is null
    group by checked.t_dat, customer_keys.customer_key, article_keys.article_key

)

-- a day has its week whatever was bought: found afterwards, it is not carried through the groups
select
    merged.t_dat,
    merged.customer_key,
    merged.article_key,
    merged.quantity,
    merged.price,
    weeks.week,
    weeks.week_version
from merged
cross join {{ source('raw', 'dataset') }} as dataset
inner join weeks on {{ first_day_of_week('merged.t_dat', 'dataset.week_starts_on') }} = weeks.week
