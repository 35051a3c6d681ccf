-- Articles that the shop's rules suppress: the number of customers who would see each without rules, and the rule.
select
    suppressed.target_week,
    suppressed.rule,
    suppressed.article_id,
    articles.name,
    count(*) as customers,
    min(suppressed.rank_without_rules) as best_rank
from recs.removed_by_rules as suppressed
inner join recs.article_details as articles on suppressed.article_id = articles.article_id
group by suppressed.target_week, suppressed.rule, suppressed.article_id, articles.name
order by count(*) desc, suppressed.article_id, suppressed.target_week, suppressed.rule
limit 100
