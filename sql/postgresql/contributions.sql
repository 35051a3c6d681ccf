-- Why an article is where it is: the points of each part of the score, and those that a rule of the shop added.
with looked_up as (

    select
        lists.target_week,
        lists.customer_id,
        lists.rank,
        lists.article_id,
        parts.signal,
        points.points[get_byte(lists.packed_buckets, parts.second_place - 1) + 1] as points
    from recs_versions.recommendation_buckets_version as lists
    inner join recs_versions.recommendation_parts_version as parts on lists.target_week = parts.target_week
    inner join recs_versions.recommendation_points_version as points
        on
            -- a part of one signal has no first bucket
            parts.points_before + parts.width * case parts.first_place
                when 0 then 0
                else get_byte(lists.packed_buckets, parts.first_place - 1)
            end = points.points_before
            and parts.width = points.width

    union all

    select
        target_week,
        customer_id,
        rank,
        article_id,
        'rule ' || boosted_by as signal,
        boost as points
    from recs_versions.recommendation_buckets_version

)

select
    target_week,
    customer_id,
    rank,
    article_id,
    signal,
    points
from looked_up
where points != 0
