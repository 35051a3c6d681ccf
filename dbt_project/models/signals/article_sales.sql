-- Trends compare recent buyers with those of a longer time. Half a buyer a week, or one in four weeks, is added to both
-- sides, so that an article that sold once has no trend.
with sales as (

    select
        popularity.*,
        articles.product_type_key
    from {{ ref('article_popularity') }} as popularity
    inner join {{ ref('eligible_articles') }} as articles on popularity.article_key = articles.article_key

)

select
    article_key,
    cast(buyers_12_weeks as real) as buyers_12_weeks,
    cast((buyers_1_week + 0.5) / (buyers_4_weeks / 4 + 0.5) as real) as trend_month,
    cast((buyers_4_weeks + 1) / (buyers_12_weeks / 3 + 1) as real) as trend_quarter,
    cast({{ days_before_target_week('first_sold') }} as real) as days_on_sale,
    cast(price as real) as price,
    cast(price_trend as real) as price_trend,
    cast(
        purchases_decayed
        / nullif({{ fixed_sum('purchases_decayed', over='partition by product_type_key') }}, 0) as real
    ) as share_of_type
from sales
