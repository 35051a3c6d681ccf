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
    coalesce(
        nullif(translate(
            -- parts in brackets that lack a value, then all of a sentence that does
            regexp_replace(
                regexp_replace(
                    replace(
                        replace(
                            replace(
                                replace(
                                    replace(
                                        replace(
                                            replace(
                                                replace(
                                                    replace(
                                                        replace(
                                                            translate(signals.reason, '[]', chr(2) || chr(3)),
                                                            '{product_type}', coalesce(articles.product_type, chr(1))
                                                        ),
                                                        '{category}', coalesce(articles.category, chr(1))
                                                    ),
                                                    '{department}', coalesce(articles.department, chr(1))
                                                ),
                                                '{colour}', coalesce(articles.colour, chr(1))
                                            ),
                                            '{brand}', coalesce(articles.brand, chr(1))
                                        ),
                                        '{article}', coalesce(because_of.display_name, chr(1))
                                    ),
                                    '{times}', coalesce(cast(nullif(lists.times_bought, 1) as text), chr(1))
                                ),
                                '{last}', coalesce(
                                    to_char(lists.last_bought, 'FMDD FMMonth')
                                    || case
                                        when lists.last_bought < lists.target_week - 300
                                            then to_char(lists.last_bought, ' YYYY')
                                        else ''
                                    end,
                                    chr(1)
                                )
                            ),
                            '{last_date}', coalesce(to_char(lists.last_bought, 'YYYY-MM-DD'), chr(1))
                        ),
                        '{gap}', coalesce(
                            case
                                when
                                    lists.last_bought + lists.usual_gap < lists.target_week + 7
                                    and lists.last_bought + 3 * lists.usual_gap >= lists.target_week
                                    then cast(lists.usual_gap as text)
                            end,
                            chr(1)
                        )
                    ), '\x02[^\x02\x03]*\x01[^\x02\x03]*\x03', '', 'g'
                ), '[^\x01]*\x01[^\x01]*', '', 'g'
            ), chr(2) || chr(3), ''
        ), ''),
        upper(left(signals.label, 1)) || substr(signals.label, 2)
    ) as reason,
    array_remove(array[second_signals.label, nullif(third_signals.label, second_signals.label)], null) as other_reasons,
    lists.main_signal,
    lists.because_of_article_id,
    because_of.display_name as because_of_name,
    lists.times_bought,
    lists.last_bought,
    lists.usual_gap,
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
left join recs_versions.signals_version as signals on lists.main_signal = signals.signal
left join recs_versions.signals_version as second_signals on lists.second_signal = second_signals.signal
left join recs_versions.signals_version as third_signals on lists.third_signal = third_signals.signal
