with sales_days as (

    select
        article_key,
        min(transaction_date) as first_sold,
        max(transaction_date) as last_sold,
        count(*) as purchases,
        {{ decayed_count(days_before_target_week('transaction_date'), var('half_lives').recent) }}
            as purchases_decayed
    from {{ ref('transactions') }}
    where {{ before_target_week('transaction_date') }}
    group by article_key

),

sales as (

    select
        *,
        {{ weeks_before_target_week('week') }} as weeks_ago
    from {{ ref('weekly_sales') }}

),

recent_weeks as (

    select
        article_key,
        coalesce(sum(units) filter (where weeks_ago = 1), 0) as units_1_week,
        coalesce(sum(units) filter (where weeks_ago <= 4), 0) as units_4_weeks,
        coalesce(sum(units) filter (where weeks_ago <= 12), 0) as units_12_weeks,
        coalesce(sum(buyers) filter (where weeks_ago = 1), 0) as buyers_1_week,
        coalesce(sum(buyers) filter (where weeks_ago <= 4), 0) as buyers_4_weeks,
        coalesce(sum(buyers) filter (where weeks_ago <= 12), 0) as buyers_12_weeks
    from sales
    group by article_key

)

select
    sales_days.article_key,
    sales_days.first_sold,
    sales_days.last_sold,
    sales_days.purchases,
    sales_days.purchases_decayed,
    cast(recent_weeks.units_1_week as bigint) as units_1_week,
    cast(recent_weeks.units_4_weeks as bigint) as units_4_weeks,
    cast(recent_weeks.units_12_weeks as bigint) as units_12_weeks,
    cast(recent_weeks.buyers_1_week as bigint) as buyers_1_week,
    cast(recent_weeks.buyers_4_weeks as bigint) as buyers_4_weeks,
    cast(recent_weeks.buyers_12_weeks as bigint) as buyers_12_weeks,
    {{ trend('recent_weeks.units_1_week', 'recent_weeks.units_4_weeks') }} as trend
from sales_days
inner join recent_weeks on sales_days.article_key = recent_weeks.article_key
