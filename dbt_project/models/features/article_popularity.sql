with sold as (

    select
        article_key,
        min(transaction_date) as first_sold,
        max(transaction_date) as last_sold,
        count(*) as purchases,
        {{ decayed_count(days_before_target_week('transaction_date'), var('half_lives').recent) }}
            as purchases_decayed,
        {{ fixed_sum('price * quantity') }} / sum(quantity) filter (where price is not null) as price,
        -- mean price of the last 14 days over that of the last 112 days
        (
            sum(cast(round(price * quantity * 1000000) as bigint))
                filter (where {{ days_before_target_week('transaction_date') }} <= 14)
            / sum(quantity) filter (
                where price is not null and {{ days_before_target_week('transaction_date') }} <= 14
            )
        ) / nullif(
            sum(cast(round(price * quantity * 1000000) as bigint))
                filter (where {{ days_before_target_week('transaction_date') }} <= 112)
            / sum(quantity) filter (
                where price is not null and {{ days_before_target_week('transaction_date') }} <= 112
            ),
            0
        ) as price_trend
    from {{ ref('transactions') }}
    where {{ before_target_week('transaction_date') }}
    group by article_key

),

-- relative to the department: an expensive sock costs less than a cheap coat
price_levels as (

    select
        sold.article_key,
        cast(ntile(5) over (
            partition by articles.department_key
            order by sold.price, articles.article_order
        ) as integer) as price_level_key
    from sold
    inner join {{ ref('articles') }} as articles on sold.article_key = articles.article_key
    where sold.price is not null

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
    sold.article_key,
    sold.first_sold,
    sold.last_sold,
    sold.purchases,
    sold.purchases_decayed,
    cast(recent_weeks.units_1_week as bigint) as units_1_week,
    cast(recent_weeks.units_4_weeks as bigint) as units_4_weeks,
    cast(recent_weeks.units_12_weeks as bigint) as units_12_weeks,
    cast(recent_weeks.buyers_1_week as bigint) as buyers_1_week,
    cast(recent_weeks.buyers_4_weeks as bigint) as buyers_4_weeks,
    cast(recent_weeks.buyers_12_weeks as bigint) as buyers_12_weeks,
    {{ trend('recent_weeks.units_1_week', 'recent_weeks.units_4_weeks') }} as trend,
    sold.price,
    sold.price_trend,
    price_levels.price_level_key,
    cast(price_levels.price_level_key as varchar) as price_level
from sold
inner join recent_weeks on sold.article_key = recent_weeks.article_key
left join price_levels on sold.article_key = price_levels.article_key
