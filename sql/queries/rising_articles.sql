-- Rising articles: those that sold more last week than in an average week of the last four.
select
    popular.target_week,
    popular.article_id,
    articles.name,
    articles.department,
    popular.units,
    articles.units_4_weeks,
    round(cast(popular.trend as numeric), 2) as trend
from recs.popular_articles as popular
inner join recs.article_details as articles on popular.article_id = articles.article_id
where
    popular.segment = 'all'
    and popular.trend > 1
order by popular.trend desc, popular.units desc, popular.article_id
limit 20
