select
    suppressed.target_week,
    customers.customer_id,
    suppressed.rank_without_rules,
    articles.article_id,
    suppressed.score,
    suppressed.rule
from {{ ref('suppressed') }} as suppressed
inner join {{ ref('customers') }} as customers on suppressed.customer_key = customers.customer_key
inner join {{ ref('articles') }} as articles on suppressed.article_key = articles.article_key
