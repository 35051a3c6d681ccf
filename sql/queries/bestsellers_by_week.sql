-- The bestsellers of the last four weeks, and their rank in the week before.
select
    sales.week,
    sales.rank,
    before.rank as rank_before,
    sales.article_id,
    articles.name,
    sales.units,
    sales.buyers
from recs.weekly_popularity as sales
inner join recs.article_details as articles on sales.article_id = articles.article_id
left join recs.weekly_popularity as before
    on
        sales.article_id = before.article_id
        and sales.segment = before.segment
        and sales.week = before.week + interval '7 days'
where
    sales.segment = 'all'
    and sales.rank <= 10
    and sales.week >= (select max(weeks.week) - interval '21 days' from recs.weekly_popularity as weeks)
order by sales.week desc, sales.rank
