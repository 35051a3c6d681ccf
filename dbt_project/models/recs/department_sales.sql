select
    transactions.week,
    coalesce(articles.department, 'unknown') as department,
    cast(sum(transactions.quantity) as bigint) as units,
    count(distinct transactions.customer_key) as buyers
from {{ ref('transactions') }} as transactions
inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key
group by transactions.week, coalesce(articles.department, 'unknown')
