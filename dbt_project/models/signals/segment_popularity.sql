select
    segment_key,
    article_key,
    cast(share as real) as segment_popularity
from {{ ref('popularity_by_segment') }}
