-- The lists of a version as the published file has them, a row for each rank, from one row for each list.
select
    lists.target_week,
    lists.customer_id,
    cast(listed.rank as integer) as rank,
    listed.article_id,
    listed.score,
    listed.main_signal,
    listed.because_of_article_id,
    listed.packed_buckets,
    listed.boost,
    listed.boosted_by,
    listed.rules
from recs_versions.recommendation_lists_version as lists
cross join lateral unnest(
    lists.article_id,
    lists.score,
    lists.main_signal,
    lists.because_of_article_id,
    lists.packed_buckets,
    lists.boost,
    lists.boosted_by,
    lists.rules
) with ordinality as listed (
    article_id,
    score,
    main_signal,
    because_of_article_id,
    packed_buckets,
    boost,
    boosted_by,
    rules,
    rank
)
