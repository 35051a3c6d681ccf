with recent_weeks as (

    select
        segment_key,
        article_key,
        coalesce(sum(units) filter (where weeks_ago = 1), 0) as units_1_week,
        coalesce(sum(units) filter (where weeks_ago <= 4), 0) as units_4_weeks,
        {{ fixed_sum('buyers * ' ~ half_life_decay('7 * weeks_ago - 3', var('half_lives').recent)) }} as buyers_decayed
    from {{ ref('weekly_sales_by_segment') }}
    group by segment_key, article_key

)

select
    segment_key,
    article_key,
    cast(units_1_week as bigint) as units_1_week,
    cast(units_4_weeks as bigint) as units_4_weeks,
    -- independent of the segment's size: the article's share of the segment's recent purchases
    buyers_decayed / nullif({{ fixed_sum('buyers_decayed', over='partition by segment_key') }}, 0) as share
from recent_weeks
