select
    articles.article_id,
    similar_articles.article_id as similar_article_id,
    neighbours.signal as method,
    cast(neighbours.similarity as double) as similarity,
    cast(neighbours.similarity_rank as integer) as rank
from {{ ref('neighbours') }} as neighbours
inner join {{ ref('articles') }} as articles on neighbours.article_key = articles.article_key
inner join {{ ref('articles') }} as similar_articles on neighbours.similar_article_key = similar_articles.article_key
