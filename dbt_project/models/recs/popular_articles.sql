with segments as (

    select distinct
        segment,
        segment_key
    from {{ ref('customers') }}

),

sales as (

    select
        'all' as segment,
        popularity.article_key,
        popularity.units_1_week,
        popularity.units_4_weeks
    from {{ ref('article_popularity') }} as popularity

    union all

    select
        segments.segment,
        popularity.article_key,
        popularity.units_1_week,
        popularity.units_4_weeks
    from {{ ref('popularity_by_segment') }} as popularity
    inner join segments on popularity.segment_key = segments.segment_key

)

select
    {{ target_week() }} as target_week,
    sales.segment,
    cast(row_number() over (
        partition by sales.segment
        order by sales.units_1_week desc, sales.units_4_weeks desc, articles.article_order
    ) as integer) as rank,
    articles.article_id,
    sales.units_1_week as units,
    {{ trend('sales.units_1_week', 'sales.units_4_weeks') }} as trend
from sales
inner join {{ ref('articles') }} as articles on sales.article_key = articles.article_key
inner join {{ ref('eligible_articles') }} as eligible on sales.article_key = eligible.article_key
where sales.units_1_week > 0
