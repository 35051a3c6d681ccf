{{ config(enabled=var('training', false), materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

with purchases as (

    {{ bought_in_target_week() | indent(4) }}

),

buyers as (

    select
        purchases.customer_key,
        customers.customer_order,
        count(*) as articles_bought
    from purchases
    inner join {{ ref('customers') }} as customers on purchases.customer_key = customers.customer_key
    where purchases.customer_key in ({{ buyers_of_target_week() }})
    group by purchases.customer_key, customers.customer_order

)

select
    candidates.*,
    purchases.article_key is not null as is_bought,
    buyers.articles_bought,
    blended.score as current_score,
    row_number() over (
        partition by candidates.customer_key
        order by blended.score desc, articles.popularity_rank
    ) as current_rank,
    buyers.customer_order,
    articles.article_order
from {{ ref('candidates') }} as candidates
inner join buyers on candidates.customer_key = buyers.customer_key
inner join {{ ref('eligible_articles') }} as articles on candidates.article_key = articles.article_key
inner join {{ ref('blended') }} as blended
    on
        candidates.customer_key = blended.customer_key
        and candidates.article_key = blended.article_key
left join purchases
    on
        candidates.customer_key = purchases.customer_key
        and candidates.article_key = purchases.article_key
{{ without_hidden('candidates') }}
