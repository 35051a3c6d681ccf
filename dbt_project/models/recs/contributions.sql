select
    target_week,
    customer_id,
    rank,
    article_id,
    unnest(map_keys(contributions)) as signal,
    unnest(map_values(contributions)) as points
from {{ ref('recommendations_explained') }}
