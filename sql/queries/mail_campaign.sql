-- A mail campaign for one week: a row per customer with three articles; leaves out customers who get bestsellers only.
with latest as (

    select max(target_week) as target_week
    from recs.recommendations

)

select
    lists.target_week,
    lists.customer_id,
    max(lists.name) filter (where lists.rank = 1) as first_article,
    max(lists.name) filter (where lists.rank = 2) as second_article,
    max(lists.name) filter (where lists.rank = 3) as third_article
from recs.recommendations_explained as lists
inner join latest on lists.target_week = latest.target_week
group by lists.target_week, lists.customer_id
-- an article that is recommended because of a purchase
having count(lists.because_of_article_id) > 0
order by lists.customer_id
