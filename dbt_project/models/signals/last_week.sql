-- buyers of last week: `popularity` looks back too far in a shop whose articles change quickly
select
    popularity.article_key,
    cast(popularity.buyers_1_week as real) as buyers_1_week
from {{ ref('article_popularity') }} as popularity
inner join {{ ref('eligible_articles') }} as eligible on popularity.article_key = eligible.article_key
