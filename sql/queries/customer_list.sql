-- One customer's list for the latest week, with the reason for each article: put the id that you want into `chosen`.
with chosen as (

    select
        min(customer_id) as customer_id,
        max(target_week) as target_week
    from recs.recommendations

)

select
    lists.rank,
    lists.article_id,
    lists.name,
    lists.product_type,
    lists.score,
    lists.reason,
    lists.main_signal
from recs.recommendations_explained as lists
inner join chosen
    on
        lists.customer_id = chosen.customer_id
        and lists.target_week = chosen.target_week
order by lists.rank
