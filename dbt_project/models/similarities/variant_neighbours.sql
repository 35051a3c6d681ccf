-- Eligible articles of the same product, all equally similar: the most bought come first.
-- One more of a product than an article may have, since it is none of its own neighbours.
with most_bought as (

    select
        article_key,
        product_code_key,
        popularity_rank
    from {{ ref('eligible_articles') }}
    qualify row_number() over (partition by product_code_key order by popularity_rank) <= {{ var('neighbours') }} + 1

)

select
    articles.article_key,
    variants.article_key as similar_article_key,
    cast(1 as real) as similarity,
    row_number() over (
        partition by articles.article_key
        order by variants.popularity_rank
    ) as similarity_rank
from {{ ref('articles') }} as articles
inner join most_bought as variants
    on
        articles.product_code_key = variants.product_code_key
        and articles.article_key != variants.article_key
qualify similarity_rank <= {{ var('neighbours') }}
