-- What the shop's rules keep from the lists: the articles that most customers would see without them, and the rule.
select
    removed.target_week,
    removed.rule,
    removed.article_id,
    articles.name,
    count(*) as customers,
    min(removed.rank_without_rules) as best_rank
from recs.removed_by_rules as removed
inner join recs.article_details as articles on removed.article_id = articles.article_id
group by removed.target_week, removed.rule, removed.article_id, articles.name
order by count(*) desc, removed.article_id, removed.target_week, removed.rule
limit 100
