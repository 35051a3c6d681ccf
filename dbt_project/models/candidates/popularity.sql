select
    article_key,
    cast(units_1_week + units_4_weeks / 4.0 as real) as popularity
from {{ ref('article_popularity') }}
where units_4_weeks > 0
