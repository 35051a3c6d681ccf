with segments as (

    select distinct
        segment,
        segment_key
    from {{ ref('customers') }}

),

sales as (

    select
        week,
        'all' as segment,
        article_key,
        units,
        buyers
    from {{ ref('weekly_sales') }}

    union all

    select
        weekly_sales.week,
        segments.segment,
        weekly_sales.article_key,
        weekly_sales.units,
        weekly_sales.buyers
    from {{ ref('weekly_sales_by_segment') }} as weekly_sales
    inner join segments on weekly_sales.segment_key = segments.segment_key

)

select
    sales.week,
    sales.segment,
    cast(row_number() over (
        partition by sales.week, sales.segment
        order by sales.units desc, sales.buyers desc, articles.article_order
    ) as integer) as rank,
    articles.article_id,
    sales.units,
    sales.buyers
from sales
inner join {{ ref('articles') }} as articles on sales.article_key = articles.article_key
