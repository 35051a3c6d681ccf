-- The audience of an article: customers in whose latest list it ranks highest (here for the most listed article).
with latest_lists as (

    select lists.*
    from recs.recommendations as lists
    where lists.target_week = (select max(weeks.target_week) from recs.recommendations as weeks)

),

chosen as (

    select article_id
    from latest_lists
    group by article_id
    order by count(*) desc, article_id
    limit 1

)

select
    latest_lists.article_id,
    latest_lists.customer_id,
    latest_lists.rank,
    latest_lists.score
from latest_lists
inner join chosen on latest_lists.article_id = chosen.article_id
order by latest_lists.rank, latest_lists.score desc, latest_lists.customer_id
limit 100
