-- buyers of last week: `popularity` looks back too far in a shop whose articles change quickly
select
    popularity.article_key,
    cast(popularity.buyers_1_week as real) as buyers_1_week
from {{ ref('article_popularity') }} as popularity
inner join {{ ref('alive_articles') }} as alive on popularity.article_key = alive.article_key
