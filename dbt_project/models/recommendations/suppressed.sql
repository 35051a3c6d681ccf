{{ config(materialized='in_customer_blocks') }}

{%- set groups = limited_groups() %}

-- Suppressed articles: they would be in the lists without the shop's rules. Each has the rule that suppresses it: an
-- exclusion, a campaign that does not include it, or a limit that other articles of its group have reached.
with scores as (

    select
        bucketed.customer_key,
        bucketed.article_key,
        {{- score('bucketed') | indent(4) }} as score
    from {{ ref('bucketed') }} as bucketed
    cross join {{ ref('point_lists') }} as point_lists
    where {{ in_customer_block('bucketed.customer_key') if rules_act() else 'false' }}

),

without_rules as (

    {{ best_without_rules('scores') | indent(4) }}

)
{%- for group in groups %},

{{ group }}_shown as (

    select
        lists.customer_key,
        articles.{{ group }}_key,
        count(*) as articles
    from {{ ref('target_week_lists') }} as lists
    inner join {{ ref('eligible_articles') }} as articles on lists.article_key = articles.article_key
    where {{ in_customer_block('lists.customer_key') }}
    group by lists.customer_key, articles.{{ group }}_key

)
{%- endfor %},

not_shown as (

    select
        target_week.target_week,
        without_rules.customer_key,
        without_rules.rank as rank_without_rules,
        without_rules.article_key,
        without_rules.score,
        coalesce(
            by_segment.suppressed_by
            {%- for group in groups %},
            case when {{ group }}_shown.articles >= by_segment.{{ group }}_limit then by_segment.{{ group }}_limited_by end
            {%- endfor %}
        ) as rule
    from without_rules
    cross join {{ ref('target_week') }} as target_week
    inner join {{ ref('scored_customers') }} as customers on without_rules.customer_key = customers.customer_key
    inner join {{ ref('eligible_articles_by_segment') }} as by_segment
        on
            customers.segment_key = by_segment.segment_key
            and without_rules.article_key = by_segment.article_key
{%- for group in groups %}
    left join {{ group }}_shown
        on
            without_rules.customer_key = {{ group }}_shown.customer_key
            and by_segment.{{ group }}_key = {{ group }}_shown.{{ group }}_key
{%- endfor %}
    anti join {{ ref('target_week_lists') }} as shown
        on
            without_rules.customer_key = shown.customer_key
            and without_rules.article_key = shown.article_key

)

select *
from not_shown
where rule is not null
