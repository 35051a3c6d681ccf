select
    rankings.target_week,
    customers.customer_id,
    rankings.rank,
    articles.article_id,
    rankings.score
from {{ ref('rankings') }} as rankings
inner join {{ ref('customers') }} as customers on rankings.customer_key = customers.customer_key
inner join {{ ref('articles') }} as articles on rankings.article_key = articles.article_key
