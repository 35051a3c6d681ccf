-- Life table: rate of next purchases per week of waiting, in each stretch of days since a purchase. Sparse stretches
-- are shrunk towards the rate of the product type, and that towards the rate of all articles, with the weight of 30
-- weeks of waiting. Kaplan and Meier's exposure, in pieces.
with repeats as (

    -- gaps exist only for customers who bought an article more than once; all others are still waiting
    select
        transactions.article_key,
        transactions.t_dat - lag(transactions.t_dat) over (
            partition by transactions.customer_key, transactions.article_key
            order by transactions.t_dat
        ) as days
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('customer_articles') }} as history
        on
            transactions.customer_key = history.customer_key
            and transactions.article_key = history.article_key
    where
        {{ before_target_week('transactions.t_dat') }}
        and history.purchases > 1

),

waits as (

    select
        article_key,
        days,
        true as ended,
        count(*) as waits
    from repeats
    where days is not null
    group by article_key, days

    union all

    select
        article_key,
        days_since_last as days,
        false as ended,
        count(*) as waits
    from {{ ref('customer_articles') }}
    group by article_key, days_since_last

),

stretches as (

    {% for stretch in waiting_stretches() %}
    select
        {{ loop.index }} as stretch,
        {{ stretch[0] }} as from_day,
        {{ stretch[1] }} as to_day
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

articles as (

    select
        waits.article_key,
        any_value(coalesce(articles.product_type_key, 0)) as product_type_key,
        stretches.stretch,
        cast(
            coalesce(sum(waits.waits) filter (where waits.ended and waits.days <= stretches.to_day), 0) as double
        ) as repeats,
        cast(sum(waits.waits * (least(waits.days, stretches.to_day) - stretches.from_day)) as double) / 7 as weeks
    from waits
    inner join stretches on waits.days > stretches.from_day
    inner join {{ ref('articles') }} as articles on waits.article_key = articles.article_key
    group by waits.article_key, stretches.stretch

),

everything as (

    select
        stretch,
        {{ fixed_sum('repeats') }} / {{ fixed_sum('weeks') }} as hazard
    from articles
    group by stretch

),

types as (

    select
        articles.product_type_key,
        articles.stretch,
        ({{ fixed_sum('articles.repeats') }} + 30 * any_value(everything.hazard))
        / ({{ fixed_sum('articles.weeks') }} + 30) as hazard
    from articles
    inner join everything on articles.stretch = everything.stretch
    group by articles.product_type_key, articles.stretch

),

article_types as (

    select distinct
        article_key,
        product_type_key
    from articles

)

select
    article_types.article_key,
    types.stretch,
    types.hazard as hazard_of_type,
    (coalesce(articles.repeats, 0) + 30 * types.hazard) / (coalesce(articles.weeks, 0) + 30) as hazard
from article_types
inner join types on article_types.product_type_key = types.product_type_key
left join articles
    on
        article_types.article_key = articles.article_key
        and types.stretch = articles.stretch
