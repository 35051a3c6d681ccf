with sample as (

    select distinct
        customers.customer_key,
        customers.customer_id
    from {{ ref('sample_customers') }} as sample_customers
    inner join {{ ref('customers') }} as customers on sample_customers.customer_id = customers.customer_id

)

select
    sample.customer_id,
    transactions.t_dat as day,
    articles.article_id,
    transactions.quantity
from {{ ref('transactions') }} as transactions
inner join sample on transactions.customer_key = sample.customer_key
inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key
