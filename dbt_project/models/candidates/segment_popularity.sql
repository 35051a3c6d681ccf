select
    segment_key,
    article_key,
    cast(units_1_week + units_4_weeks / 4.0 as real) as segment_popularity
from {{ ref('popularity_by_segment') }}
