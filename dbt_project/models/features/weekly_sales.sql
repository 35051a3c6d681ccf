{{ config(materialized='incremental', tags='kept_weeks', pre_hook='{{ delete_outdated_weeks() }}') }}

with weeks as (

    {{ weeks_to_make() | indent(4) }}

)

select
    transactions.article_key,
    weeks.week,
    cast(sum(transactions.quantity) as bigint) as units,
    count(distinct transactions.customer_key) as buyers,
    any_value(weeks.week_version) as week_version
from {{ ref('transactions') }} as transactions
inner join weeks on transactions.week = weeks.week
group by transactions.article_key, weeks.week
