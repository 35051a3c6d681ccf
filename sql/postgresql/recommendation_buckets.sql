-- The lists of a version as the published file has them, a row for each rank, from one row for each list.
select
    lists.target_week,
    lists.customer_id,
    cast(listed.rank as integer) as rank,
    listed.article_id,
    listed.score,
    listed.main_signal,
    listed.second_signal,
    listed.third_signal,
    listed.because_of_article_id,
    listed.times_bought,
    listed.last_bought,
    listed.usual_gap,
    listed.packed_buckets,
    listed.boost,
    listed.boosted_by,
    listed.rules
from recs_versions.recommendation_lists_version as lists
cross join lateral unnest(
    lists.article_id,
    lists.score,
    lists.main_signal,
    lists.second_signal,
    lists.third_signal,
    lists.because_of_article_id,
    lists.times_bought,
    lists.last_bought,
    lists.usual_gap,
    lists.packed_buckets,
    lists.boost,
    lists.boosted_by,
    lists.rules
) with ordinality as listed (
    article_id,
    score,
    main_signal,
    second_signal,
    third_signal,
    because_of_article_id,
    times_bought,
    last_bought,
    usual_gap,
    packed_buckets,
    boost,
    boosted_by,
    rules,
    rank
)
