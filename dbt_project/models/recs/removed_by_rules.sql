select
    removed.target_week,
    customers.customer_id,
    removed.rank_without_rules,
    articles.article_id,
    removed.score,
    removed.rule
from {{ ref('removed') }} as removed
inner join {{ ref('customers') }} as customers on removed.customer_key = customers.customer_key
inner join {{ ref('articles') }} as articles on removed.article_key = articles.article_key
