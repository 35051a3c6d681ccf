{%- set ruled_articles = ref('ruled_articles') -%}
with ranked as (

    select
        articles.*,
        popularity.last_sold,
        row_number() over (
            order by
                {%- if rules_act() %}
                -- what rules take away is no part of the enough
                articles.article_key in (select article_key from {{ ruled_articles }} where action = 'exclude'),
                {%- endif %}
                popularity.last_sold desc nulls last,
                articles.article_order
        ) as recency_rank
    from {{ ref('articles') }} as articles
    left join {{ ref('article_popularity') }} as popularity on articles.article_key = popularity.article_key

)

select
    ranked.article_key,
    ranked.article_order,
    ranked.product_code_key,
    ranked.department_key,
    ranked.category_key,
    ranked.product_type_key,
    ranked.colour_key,
    ranked.brand_key,
    price_levels.price_level_key
from ranked
left join {{ ref('price_levels') }} as price_levels on ranked.article_key = price_levels.article_key
where
    {{ days_before_target_week('ranked.last_sold') }} <= {{ var('alive_days') }}
    -- however little was sold lately, there is enough to fill every list
    or ranked.recency_rank <= 4 * {{ var('list_length') }}
    {%- if var('recommend_unsold') %}
    or ranked.last_sold is null
    {%- endif %}
    {%- if rules_act() %}
    -- what a rule asks for is shown even if nobody has bought it yet
    or ranked.article_key in (
        select article_key
        from {{ ruled_articles }}
        where action in ('only', 'pin')
    )
    {%- endif %}
