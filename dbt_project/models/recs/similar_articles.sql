with neighbours as (

    {% for signal in used_signals() if signal.neighbours %}
    select
        '{{ signal.name }}' as method,
        article_key,
        similar_article_key,
        similarity,
        similarity_rank
    from {{ ref(signal.neighbours) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    articles.article_id,
    similar_articles.article_id as similar_article_id,
    neighbours.method,
    cast(neighbours.similarity as double) as similarity,
    cast(neighbours.similarity_rank as integer) as rank
from neighbours
inner join {{ ref('articles') }} as articles on neighbours.article_key = articles.article_key
inner join {{ ref('articles') }} as similar_articles on neighbours.similar_article_key = similar_articles.article_key
