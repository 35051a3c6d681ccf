-- Contributions are looked up as they are read: kept with every list, those of a learned blend would fill the disk.
with parts as (

    select
        target_week,
        list(struct_pack(
            signal := signal,
            first_place := first_place + 1,
            second_place := second_place + 1,
            width := width,
            points_before := points_before + 1
        ) order by number) as parts
    from {{ ref('recommendation_parts') }}
    group by target_week

),

unpacked as (

    select
        *,
        -- eight buckets in a number, a byte for each; the first place stands for none
        list_prepend(0, flatten(list_transform(
            packed_buckets,
            lambda eight: list_transform(range(8), lambda place: cast((eight >> (8 * place)) & 255 as integer))
        ))) as buckets_by_place
    from {{ ref('recommendation_buckets') }}

),

-- before any other join: a join may keep these rows in memory, and each of them would take along a copy of all points
lists as (

    select
        unpacked.*,
        list_reverse_sort(list_filter(
            list_concat(
                list_transform(
                    parts.parts,
                    lambda part: struct_pack(
                        points := points.points[cast(
                            part['points_before']
                            + part['width'] * unpacked.buckets_by_place[cast(part['first_place'] as integer)]
                            + unpacked.buckets_by_place[cast(part['second_place'] as integer)] as bigint
                        )],
                        signal := part['signal']
                    )
                ),
                [struct_pack(points := unpacked.boost, signal := 'rule ' || unpacked.boosted_by)]
            ),
            lambda contribution: contribution['points'] != 0
        )) as contributions
    from unpacked
    left join parts on unpacked.target_week = parts.target_week
    cross join {{ ref('recommendation_points') }} as points

)

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
        {{ sentence('signals.reason', {
            'product_type': 'articles.product_type', 'category': 'articles.category', 'department': 'articles.department',
            'colour': 'articles.colour', 'brand': 'articles.brand', 'article': 'because_of.display_name',
            'times': 'nullif(lists.times_bought, 1)',
            'last': "strftime(lists.last_bought, '%-d %B') "
                ~ "|| case when lists.last_bought < lists.target_week - 300 then strftime(lists.last_bought, ' %Y') else '' end",
            'last_date': 'lists.last_bought',
            'gap': 'case when lists.last_bought + lists.usual_gap < lists.target_week + 7 '
                ~ 'and lists.last_bought + 3 * lists.usual_gap >= lists.target_week then lists.usual_gap end'
        }) | indent(8) }},
        upper(left(signals.label, 1)) || substr(signals.label, 2)
    ) as reason,
    list_filter(
        [second_signals.label, nullif(third_signals.label, second_signals.label)], lambda label: label is not null
    ) as other_reasons,
    lists.main_signal,
    lists.because_of_article_id,
    because_of.display_name as because_of_name,
    lists.times_bought,
    lists.last_bought,
    lists.usual_gap,
    lists.contributions,
    lists.rules
from lists
left join {{ ref('article_details') }} as articles on lists.article_id = articles.article_id
left join {{ ref('article_details') }} as because_of on lists.because_of_article_id = because_of.article_id
left join {{ ref('signals') }} as signals on lists.main_signal = signals.signal
left join {{ ref('signals') }} as second_signals on lists.second_signal = second_signals.signal
left join {{ ref('signals') }} as third_signals on lists.third_signal = third_signals.signal
