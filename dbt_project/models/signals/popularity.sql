-- days on which a customer bought the article, each decayed with its age
select
    article_key,
    cast(purchases_decayed as real) as popularity
from {{ ref('article_popularity') }}
