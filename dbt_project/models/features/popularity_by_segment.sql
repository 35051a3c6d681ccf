select
    segment_key,
    article_key,
    cast(coalesce(sum(units) filter (where weeks_ago = 1), 0) as bigint) as units_1_week,
    cast(sum(units) as bigint) as units_4_weeks,
    cast(sum(buyers) as bigint) as buyers_4_weeks
from {{ ref('weekly_sales_by_segment') }}
where weeks_ago <= 4
group by segment_key, article_key
