with article_prices as (

    select
        transactions.article_key,
        {{ fixed_sum('transactions.price * transactions.quantity') }} / sum(transactions.quantity) as price
    from {{ ref('transactions') }} as transactions
    where
        {{ before_target_week('transactions.t_dat') }}
        and transactions.price is not null
    group by transactions.article_key

)

select
    article_prices.article_key,
    article_prices.price,
    -- cheap to dear within what the article is: a dear sock costs less than a cheap coat
    cast(ntile(5) over (
        partition by articles.department_key
        order by article_prices.price, articles.article_order
    ) as integer) as price_level_key
from article_prices
inner join {{ ref('articles') }} as articles on article_prices.article_key = articles.article_key
