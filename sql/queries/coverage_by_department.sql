-- Coverage of the latest lists by department: articles in any list, of those that sold, and customers who see them.
with latest_lists as (

    select lists.*
    from recs.recommendations as lists
    where lists.target_week = (select max(weeks.target_week) from recs.recommendations as weeks)

),

shown as (

    select
        articles.department,
        count(distinct latest_lists.article_id) as articles_shown,
        count(distinct latest_lists.customer_id) as customers
    from latest_lists
    inner join recs.article_details as articles on latest_lists.article_id = articles.article_id
    group by articles.department

),

sold as (

    select
        department,
        count(*) as articles_sold
    from recs.article_details
    where units_4_weeks > 0
    group by department

)

select
    coalesce(shown.department, 'unknown') as department,
    shown.customers,
    shown.articles_shown,
    sold.articles_sold,
    round(cast(shown.articles_shown as numeric) / nullif(sold.articles_sold, 0), 3) as coverage
from shown
left join sold on coalesce(shown.department, '') = coalesce(sold.department, '')
order by shown.customers desc, shown.articles_shown desc, shown.department
