-- Life table: rate of next purchases per week of waiting, in each bin of days since a purchase. Sparse bins
-- are shrunk towards the rate of the product type, and that towards the rate of all articles, with the weight of 30
-- weeks of waiting. Kaplan and Meier's exposure, in pieces.
with repeats as (

    -- gaps exist only for customers who bought an article more than once; all others are still waiting
    select
        transactions.article_key,
        date_diff(
            'day',
            lag(transactions.transaction_date) over (
                partition by transactions.customer_key, transactions.article_key
                order by transactions.transaction_date
            ),
            transactions.transaction_date
        ) as days
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('customer_articles') }} as history
        on
            transactions.customer_key = history.customer_key
            and transactions.article_key = history.article_key
    where
        {{ before_target_week('transactions.transaction_date') }}
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

bins as (

    {% for bin in days_since_bins() %}
    select
        {{ loop.index }} as bin,
        {{ bin[0] }} as from_day,
        {{ bin[1] }} as to_day
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

articles as (

    select
        waits.article_key,
        any_value(coalesce(articles.product_type_key, 0)) as product_type_key,
        bins.bin,
        cast(
            coalesce(sum(waits.waits) filter (where waits.ended and waits.days <= bins.to_day), 0) as double
        ) as repeats,
        cast(sum(waits.waits * (least(waits.days, bins.to_day) - bins.from_day)) as double) / 7 as weeks
    from waits
    inner join bins on waits.days > bins.from_day
    inner join {{ ref('articles') }} as articles on waits.article_key = articles.article_key
    group by waits.article_key, bins.bin

),

everything as (

    select
        bin,
        {{ fixed_sum('repeats') }} / {{ fixed_sum('weeks') }} as hazard
    from articles
    group by bin

),

types as (

    select
        articles.product_type_key,
        articles.bin,
        ({{ fixed_sum('articles.repeats') }} + 30 * any_value(everything.hazard))
        / ({{ fixed_sum('articles.weeks') }} + 30) as hazard
    from articles
    inner join everything on articles.bin = everything.bin
    group by articles.product_type_key, articles.bin

),

article_types as (

    select distinct
        article_key,
        product_type_key
    from articles

)

select
    article_types.article_key,
    types.bin,
    types.hazard as hazard_of_type,
    (coalesce(articles.repeats, 0) + 30 * types.hazard) / (coalesce(articles.weeks, 0) + 30) as hazard
from article_types
inner join types on article_types.product_type_key = types.product_type_key
left join articles
    on
        article_types.article_key = articles.article_key
        and types.bin = articles.bin
