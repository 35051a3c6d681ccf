with article_prices as (

    select
        transactions.article_key,
        {{ fixed_sum('transactions.price * transactions.quantity') }} / sum(transactions.quantity) as price,
        -- mean price of the last 14 days over that of the last 112 days
        (
            sum(cast(round(transactions.price * transactions.quantity * 1000000) as bigint))
                filter (where {{ days_before_target_week('transactions.transaction_date') }} <= 14)
            / sum(transactions.quantity) filter (
                where {{ days_before_target_week('transactions.transaction_date') }} <= 14
            )
        ) / nullif(
            sum(cast(round(transactions.price * transactions.quantity * 1000000) as bigint))
                filter (where {{ days_before_target_week('transactions.transaction_date') }} <= 112)
            / sum(transactions.quantity) filter (
                where {{ days_before_target_week('transactions.transaction_date') }} <= 112
            ),
            0
        ) as price_trend
    from {{ ref('transactions') }} as transactions
    where
        {{ before_target_week('transactions.transaction_date') }}
        and transactions.price is not null
    group by transactions.article_key

)

select
    article_prices.article_key,
    article_prices.price,
    article_prices.price_trend,
    -- price levels are relative to the department: an expensive sock costs less than a cheap coat
    cast(ntile(5) over (
        partition by articles.department_key
        order by article_prices.price, articles.article_order
    ) as integer) as price_level_key,
    cast(price_level_key as varchar) as price_level
from article_prices
inner join {{ ref('articles') }} as articles on article_prices.article_key = articles.article_key
