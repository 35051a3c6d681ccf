{%- set ruled_articles = ref('ruled_articles') -%}
with articles as (

    select
        articles.*,
        popularity.purchases,
        popularity.purchases_decayed,
        popularity.price_level_key,
        coalesce(
            {{ days_before_target_week('popularity.last_sold') }} <= {{ var('eligible_days') }},
            {{ var('recommend_unsold') }}
            -- one that no catalogue describes is known from its purchases alone, and those lie ahead
            and articles.in_catalogue
            and coalesce(
                articles.name, articles.text, articles.product_code, articles.department, articles.category,
                articles.product_type, articles.colour, articles.brand
            ) is not null
        ) as is_eligible_by_sales
    from {{ ref('articles') }} as articles
    left join {{ ref('article_popularity') }} as popularity on articles.article_key = popularity.article_key

)

select
    article_key,
    article_order,
    -- the order in which articles fill a list; all purchases count where the decayed ones are 0
    cast(row_number() over (
        order by purchases_decayed desc nulls last, purchases desc nulls last, article_order
    ) as integer) as popularity_rank,
    product_code_key,
    department_key,
    category_key,
    product_type_key,
    colour_key,
    brand_key,
    price_level_key,
    is_eligible_by_sales
from articles
where
    is_eligible_by_sales
    {%- if rules_act() %}
    -- an article that a rule asks for is shown even if nobody has bought it yet
    or article_key in (
        select article_key
        from {{ ruled_articles }}
        where action in ('only', 'pin')
    )
    {%- endif %}
