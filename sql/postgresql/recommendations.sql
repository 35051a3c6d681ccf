-- The lists of a version, without reasons; a publish replaces `_version` by the number of the version.
select
    target_week,
    customer_id,
    rank,
    article_id,
    score
from recs_versions.recommendation_buckets_version
