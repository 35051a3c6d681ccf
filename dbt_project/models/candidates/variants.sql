-- what the customer bought of the same product code in other variants, decayed
with variants_of as (

    select
        articles.article_key,
        variants.article_key as variant_key,
        variants.article_order as variant_order
    from {{ ref('articles') }} as articles
    inner join {{ ref('alive_articles') }} as variants
        on
            articles.product_code_key = variants.product_code_key
            and articles.article_key != variants.article_key

),

variants as (

    select
        history.customer_key,
        variants_of.variant_key as article_key,
        any_value(variants_of.variant_order) as article_order,
        {{ fixed_sum('history.purchases_decayed') }} as purchases_decayed
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
    inner join variants_of on history.article_key = variants_of.article_key
    group by history.customer_key, variants_of.variant_key

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
) <= {{ signal('variants').per_customer }}
{{ in_order_of_blocks() }}
