-- the department's share of sales around the same time last year, against its share of the whole last year
with weekly_sales as (

    select
        *,
        {{ weeks_before_target_week('week') }} as weeks_ago
    from {{ ref('weekly_sales') }}

),

sales as (

    select
        articles.department_key,
        cast(sum(weekly_sales.units) as double) as units_of_a_year,
        cast(coalesce(sum(weekly_sales.units) filter (where weekly_sales.weeks_ago between 51 and 54), 0) as double)
            as units_of_the_season
    from weekly_sales
    inner join {{ ref('articles') }} as articles on weekly_sales.article_key = articles.article_key
    where
        weekly_sales.weeks_ago between 3 and 54
        and articles.department_key is not null
    group by articles.department_key

),

totals as (

    select
        sum(units_of_a_year) as units_of_a_year,
        sum(units_of_the_season) as units_of_the_season
    from sales

)

select
    sales.department_key,
    cast(
        (sales.units_of_the_season / totals.units_of_the_season + 0.001)
        / (sales.units_of_a_year / totals.units_of_a_year + 0.001) as real
    ) as season
from sales
cross join totals
-- a history of less than a year has no season
where totals.units_of_the_season > 0
