-- Eligible articles of the same product, all equally similar: the most bought come first.
select
    articles.article_key,
    variants.article_key as similar_article_key,
    cast(1 as real) as similarity,
    row_number() over (
        partition by articles.article_key
        order by variants.popularity_rank
    ) as similarity_rank
from {{ ref('articles') }} as articles
inner join {{ ref('eligible_articles') }} as variants
    on
        articles.product_code_key = variants.product_code_key
        and articles.article_key != variants.article_key
qualify similarity_rank <= {{ var('neighbours') }}
