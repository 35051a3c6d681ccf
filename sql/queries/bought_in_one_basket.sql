-- Articles that are bought in one basket far more often than by chance, the pairs of strongest evidence first.
select
    pairs.article_id,
    articles.name,
    pairs.other_article_id,
    other_articles.name as other_name,
    pairs.together as baskets,
    round(cast(pairs.lift as numeric), 2) as lift,
    round(cast(pairs.log_likelihood_ratio as numeric), 1) as evidence
from recs.bought_together as pairs
inner join recs.article_details as articles on pairs.article_id = articles.article_id
inner join recs.article_details as other_articles on pairs.other_article_id = other_articles.article_id
where
    pairs.unit = 'basket'
    and pairs.lift > 1
    -- each pair stands there twice
    and pairs.article_id < pairs.other_article_id
order by pairs.log_likelihood_ratio desc, pairs.article_id, pairs.other_article_id
limit 20
