{{ config(
    materialized='incremental',
    incremental_strategy='changed_weeks',
    on_schema_change='sync_all_columns',
) }}

with weeks as (

    {{ weeks_to_make() | indent(4) }}

),

checked as (

    select *
    from {{ ref('checked_transactions') }}
    where rejected_because is null

)

select
    checked.t_dat,
    customer_keys.customer_key,
    article_keys.article_key,
    cast(sum(checked.quantity) as bigint) as quantity,
    {{ fixed_sum('checked.price * checked.quantity') }} / sum(checked.quantity) as price,
    any_value(checked.week) as week,
    any_value(weeks.week_version) as week_version
from checked
inner join weeks on checked.week = weeks.week
inner join {{ ref('customer_keys') }} as customer_keys on checked.customer_id = customer_keys.customer_id
inner join {{ ref('article_keys') }} as article_keys on checked.article_id = article_keys.article_id
group by checked.t_dat, customer_keys.customer_key, article_keys.article_key
