select
    target_week,
    customer_id,
    rank,
    article_id,
    score
from {{ ref('recommendation_buckets') }}
