-- The lists of a version with their reasons; contributions are looked up for the rows that are read.
select
    lists.target_week,
    lists.customer_id,
    lists.rank,
    lists.article_id,
    lists.score,
    articles.name,
    articles.product_type,
    articles.category,
    articles.department,
    articles.colour,
    articles.brand,
    lists.main_signal,
    lists.because_of_article_id,
    because_of.name as because_of_name,
    (
        -- part by part: some hundred short reads of an index, each once, not a join with all points
        with looked_up as materialized (

            select
                parts.signal,
                (
                    select points.points[get_byte(lists.packed_buckets, parts.second_place - 1) + 1]
                    from recs_versions.recommendation_points_version as points
                    where
                        parts.points_before + parts.width * case parts.first_place
                            when 0 then 0
                            else get_byte(lists.packed_buckets, parts.first_place - 1)
                        end = points.points_before
                        and parts.width = points.width
                ) as points
            from recs_versions.recommendation_parts_version as parts
            where parts.target_week = lists.target_week

            union all

            select
                'rule ' || lists.boosted_by as signal,
                lists.boost as points

        )

        select coalesce(jsonb_object_agg(looked_up.signal, looked_up.points), '{}')
        from looked_up
        where looked_up.points != 0
    ) as contributions,
    lists.rules
from recs_versions.recommendation_buckets_version as lists
left join recs_versions.article_details_version as articles on lists.article_id = articles.article_id
left join recs_versions.article_details_version as because_of on lists.because_of_article_id = because_of.article_id
