with purchases as (

    select
        history.customer_key,
        coalesce(articles.product_type_key, 0) as product_type_key,
        history.purchases_decayed,
        history.first_day,
        history.last_day,
        history.purchases
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
    inner join {{ ref('articles') }} as articles on history.article_key = articles.article_key

)

select
    customer_key,
    product_type_key,
    {{ fixed_sum('purchases_decayed') }} as purchases_decayed,
    cast(sum(purchases) as bigint) as purchases,
    {{ days_before_target_week('min(first_day)') }} as days_known,
    {{ days_before_target_week('max(last_day)') }} as days_since
from purchases
group by customer_key, product_type_key
