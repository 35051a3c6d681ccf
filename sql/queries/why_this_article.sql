-- Why this article: its reason and contributions in a customer's latest list; put the customer and rank into `chosen`.
with chosen as (

    select
        target_week,
        min(customer_id) as customer_id,
        1 as rank
    from recs.recommendations
    group by target_week
    order by target_week desc
    limit 1

)

select
    lists.article_id,
    lists.name,
    lists.reason,
    lists.score,
    contributions.signal,
    contributions.points
from recs.recommendations_explained as lists
inner join chosen
    on
        lists.target_week = chosen.target_week
        and lists.customer_id = chosen.customer_id
        and lists.rank = chosen.rank
inner join recs.contributions as contributions
    on
        lists.target_week = contributions.target_week
        and lists.customer_id = contributions.customer_id
        and lists.rank = contributions.rank
order by contributions.points desc, contributions.signal
