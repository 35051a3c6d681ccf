{{ config(materialized='customer_blocks') }}

-- What the lists would show if the shop had no rules, and which rule keeps it away.
-- In blocks of {{ ref('scored_customers') }}.
with block as materialized (

    select *
    from {{ ref('candidates') }}
    where
        {{ in_customer_block('customer_key') }}
        {%- if not rules_act() %}
        and false
        {%- endif %}

),

scores as (

    {{ blended('block') | indent(4) }}

),

without_rules as (

    select
        scores.target_week,
        scores.customer_key,
        scores.article_key,
        scores.score,
        cast(row_number() over (
            partition by scores.customer_key
            order by scores.score desc, articles.article_order
        ) as integer) as rank_without_rules
    from scores
    inner join {{ ref('alive_articles') }} as articles on scores.article_key = articles.article_key
    {{ without_hidden('scores') | indent(4) }}
    qualify rank_without_rules <= {{ var('list_length') }}

)

select
    without_rules.target_week,
    without_rules.customer_key,
    without_rules.rank_without_rules,
    without_rules.article_key,
    without_rules.score,
    shelf.removed_by as rule
from without_rules
inner join {{ ref('scored_customers') }} as customers on without_rules.customer_key = customers.customer_key
inner join {{ ref('shelf') }} as shelf
    on
        customers.segment_key = shelf.segment_key
        and without_rules.article_key = shelf.article_key
where shelf.removed_by is not null
