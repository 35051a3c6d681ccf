-- what the customer bought of the same product code in other variants, decayed
with products as (

    select
        history.customer_key,
        articles.product_code_key,
        {{ fixed_sum('history.purchases_decayed') }} as purchases_decayed
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
    inner join {{ ref('articles') }} as articles on history.article_key = articles.article_key
    where articles.product_code_key is not null
    group by history.customer_key, articles.product_code_key

),

variants as (

    select
        products.customer_key,
        articles.article_key,
        articles.article_order,
        products.purchases_decayed - coalesce(history.purchases_decayed, 0) as purchases_decayed
    from products
    inner join {{ ref('alive_articles') }} as articles on products.product_code_key = articles.product_code_key
    left join {{ ref('customer_articles') }} as history
        on
            products.customer_key = history.customer_key
            and articles.article_key = history.article_key

)

select
    customer_key,
    article_key,
    cast(purchases_decayed as real) as variants
from variants
where purchases_decayed > 0.000001
qualify row_number() over (
    partition by customer_key
    order by purchases_decayed desc, article_order
) <= {{ var('candidates_per_signal') }}
