with embeddings as (

    select
        article_key,
        'content' as method,
        embedding
    from {{ ref('content_embeddings') }}

    {%- if used_signals() | selectattr('neighbours', 'equalto', 'factor_neighbours') | list %}

    union all

    select
        article_key,
        'factors' as method,
        embedding
    from {{ ref('factor_embeddings') }}
    {%- endif %}

)

select
    articles.article_id,
    embeddings.method,
    cast(embeddings.embedding as real[]) as embedding
from embeddings
inner join {{ ref('articles') }} as articles on embeddings.article_key = articles.article_key
