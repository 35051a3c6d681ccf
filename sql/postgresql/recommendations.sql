-- The lists of a version, without reasons; `_version` stands for its number.
select
    target_week,
    customer_id,
    rank,
    article_id,
    score
from recs_versions.recommendation_buckets_version
