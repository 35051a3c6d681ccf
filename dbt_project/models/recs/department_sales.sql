{{ config(materialized='table') }}

-- Grouping by numbers takes half the time of grouping by names.
with articles as (

    select
        article_key,
        coalesce(department, 'unknown') as department,
        cast(dense_rank() over (order by coalesce(department, 'unknown')) as integer) as department_number
    from {{ ref('articles') }}

),

departments as (

    select distinct
        department_number,
        department
    from articles

),

sales as (

    select
        transactions.week,
        articles.department_number,
        sum(transactions.quantity) as units,
        count(distinct transactions.customer_key) as buyers
    from {{ ref('transactions') }} as transactions
    inner join articles on transactions.article_key = articles.article_key
    where
        -- without stray days, which would look like the shop's last week
        transactions.week < (select history.week_after_last_day from {{ ref('target_week') }} as history)
    group by transactions.week, articles.department_number

)

select
    sales.week,
    departments.department,
    cast(sales.units as bigint) as units,
    sales.buyers
from sales
inner join departments on sales.department_number = departments.department_number
