with weekly_sales as (

    select
        {{ target_week() }}
        + 7 * cast(floor((transactions.t_dat - {{ target_week() }}) / 7.0) as integer) as week,
        coalesce(articles.department, 'unknown') as department,
        transactions.customer_key,
        transactions.quantity
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key

)

select
    week,
    department,
    cast(sum(quantity) as bigint) as units,
    count(distinct customer_key) as buyers
from weekly_sales
group by week, department
