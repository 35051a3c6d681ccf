-- Articles that go together: each of the most recommended articles with the article most often bought in the same week.
with most_recommended as (

    select
        article_id,
        min(name) as name,
        count(*) as times_recommended
    from recs.recommendations_explained
    group by article_id

)

select
    articles.article_id,
    articles.name,
    articles.times_recommended,
    neighbours.similar_article_id,
    similar_articles.name as similar_name,
    round(cast(neighbours.similarity as numeric), 3) as similarity
from most_recommended as articles
inner join recs.similar_articles as neighbours on articles.article_id = neighbours.article_id
inner join recs.article_details as similar_articles on neighbours.similar_article_id = similar_articles.article_id
where
    neighbours.method = 'copurchase'
    and neighbours.rank = 1
order by articles.times_recommended desc, articles.article_id
limit 20
