select
    pairs.article_key,
    pairs.other_article_key as similar_article_key,
    pairs.cosine as similarity,
    row_number() over (
        partition by pairs.article_key
        order by pairs.cosine desc, articles.article_order
    ) as similarity_rank
from {{ ref('bought_together_in_a_week') }} as pairs
inner join {{ ref('articles') }} as articles on pairs.other_article_key = articles.article_key
qualify similarity_rank <= {{ var('neighbours') }}
