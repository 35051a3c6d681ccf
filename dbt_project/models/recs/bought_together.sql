with pairs as (

    {%- for unit in ['basket', 'week'] %}

    select
        '{{ unit }}' as unit,
        article_key,
        other_article_key,
        together,
        lift,
        cosine,
        log_likelihood_ratio
    from {{ ref('bought_together_in_a_' ~ unit) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

)

select
    pairs.unit,
    articles.article_id,
    other_articles.article_id as other_article_id,
    pairs.together,
    -- half the room of doubles
    cast(pairs.lift as real) as lift,
    cast(pairs.cosine as real) as cosine,
    cast(pairs.log_likelihood_ratio as real) as log_likelihood_ratio
from pairs
inner join {{ ref('articles') }} as articles on pairs.article_key = articles.article_key
inner join {{ ref('articles') }} as other_articles on pairs.other_article_key = other_articles.article_key
