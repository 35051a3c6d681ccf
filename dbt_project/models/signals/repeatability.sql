-- Purchases after the first one, per week since the first one. Rates of few buyers are unreliable, so they are shrunk:
-- an article's rate towards its product type with the weight of 50 weeks (repeat share: 10 buyers), a type's rate
-- towards that of all articles with the weight of 100 weeks (20 buyers).
with articles as (

    select
        customer_articles.article_key,
        any_value(coalesce(articles.product_type_key, 0)) as product_type_key,
        cast(sum(customer_articles.purchases - 1) as double) as repeats,
        cast(sum({{ days_before_target_week('customer_articles.first_day') }}) as double) / 7 as weeks,
        count(*) as buyers,
        count(*) filter (where customer_articles.purchases > 1) as repeaters
    from {{ ref('customer_articles') }} as customer_articles
    inner join {{ ref('articles') }} as articles on customer_articles.article_key = articles.article_key
    group by customer_articles.article_key

),

everything as (

    select
        {{ fixed_sum('repeats') }} / {{ fixed_sum('weeks') }} as repeat_rate,
        sum(repeaters) / sum(buyers) as repeat_share
    from articles

),

types as (

    select
        product_type_key,
        ({{ fixed_sum('repeats') }} + 100 * any_value(everything.repeat_rate))
        / ({{ fixed_sum('weeks') }} + 100) as repeat_rate,
        (sum(repeaters) + 20 * any_value(everything.repeat_share)) / (sum(buyers) + 20) as repeat_share
    from articles
    cross join everything
    group by product_type_key

),

rates as (

    select
        articles.article_key,
        (articles.repeaters + 10 * types.repeat_share) / (articles.buyers + 10) as repeat_share,
        (articles.repeats + 50 * types.repeat_rate) / (articles.weeks + 50) as repeat_rate,
        types.repeat_rate as repeat_rate_of_type,
        everything.repeat_rate as repeat_rate_of_shop
    from articles
    inner join types on articles.product_type_key = types.product_type_key
    cross join everything

)

select
    article_key,
    cast(repeat_share as real) as repeat_share,
    cast(repeat_rate as real) as repeat_rate,
    cast(repeat_rate_of_type as real) as repeat_rate_of_type,
    -- these two are no signals: `rhythm` and the default interactions divide by them
    repeat_rate as exact_repeat_rate,
    repeat_rate_of_shop
from rates
