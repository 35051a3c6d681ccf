{#-
    The best articles of every customer by `bucketed`, a relation that is read twice: once for the scores alone, which
    keeps what is sorted narrow, and once for what the few that are shown owe their scores to. That is kept as the
    buckets of the used signals, packed; `weekly_points` says which points they have.
-#}
{% macro ranking(bucketed, lookup) -%}
{%- set scored_customers, shelf = ref('scored_customers'), ref('shelf') -%}
{%- set contributors = contributors() -%}
with scores as (

    {{ points(bucketed, lookup) | indent(4) }}

),

{%- if rules_act() %}
on_shelf as (

    select
        scores.customer_key,
        scores.article_key,
        scores.score + {{ points_of_boost('shelf.factor', 'scores.score') }} as score,
        {{ points_of_boost('shelf.factor', 'scores.score') }} as boost,
        shelf.* exclude (segment_key, article_key)
    from scores
    inner join {{ scored_customers }} as customers on scores.customer_key = customers.customer_key
    inner join {{ shelf }} as shelf
        on
            customers.segment_key = shelf.segment_key
            and scores.article_key = shelf.article_key
    {{ without_hidden('scores') | indent(4) }}
    {%- if var('hide_bought_days') > 0 %}
        and shelf.pinned_at is null
    {%- endif %}
    where shelf.removed_by is null

),

within_limits as (

    select *
    from {{ within_limits('on_shelf', 'customer_key', 'pinned_at nulls last, score desc, article_order') | indent(4) }}

),

best as (

    select
        customer_key,
        article_key,
        score,
        boost,
        boosted_by,
        rules,
        -- a pinned article has its rank; the others take those that are free, in their order
        cast(coalesce(pinned_at, free_ranks[row_number() over (
            partition by customer_key, pinned_at is null
            order by score desc, article_order
        )]) as integer) as rank
    from within_limits
    qualify rank is not null

),
{%- else %}
best as (

    {{ best_without_rules('scores') | indent(4) }}

),
{%- endif %}

shown as (

    select bucketed.*
    from {{ bucketed }} as bucketed
    semi join best
        on
            bucketed.customer_key = best.customer_key
            and bucketed.article_key = best.article_key

),

shown_points as (

    {{ points('shown', lookup) | indent(4) }}

)

select
    shown_points.target_week,
    best.customer_key,
    best.article_key,
    best.rank,
    best.score,
    case
        greatest(
            {%- for contributor in contributors %}
            shown_points.{{ contributor.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {%- for contributor in contributors %}
        when shown_points.{{ contributor.name }} then '{{ contributor.label }}'
        {%- endfor %}
    end as main_signal,
    {{ packed_buckets('shown') }} as packed_buckets,
    {{ 'best.boost' if rules_act() else 'cast(0 as double)' }} as boost,
    {{ 'best.boosted_by' if rules_act() else 'cast(null as varchar)' }} as boosted_by,
    {{ 'best.rules' if rules_act() else 'cast(null as varchar)' }} as rules
from best
inner join shown
    on
        best.customer_key = shown.customer_key
        and best.article_key = shown.article_key
inner join shown_points
    on
        best.customer_key = shown_points.customer_key
        and best.article_key = shown_points.article_key
{%- endmacro %}

{#-
    The best alive articles of every customer by `scores`, a relation, as they are where no rule acts. Only what reaches the
    customer's last place is sorted.
-#}
{% macro best_without_rules(scores) -%}
with may_be_shown as (

    select
        {{ scores }}.customer_key,
        {{ scores }}.article_key,
        {{ scores }}.score
    from {{ scores }}
    {{ without_hidden(scores) | indent(4) }}

),

last_places as (

    select
        customer_key,
        list_last(max(score, {{ var('list_length') }})) as least_score
    from may_be_shown
    group by customer_key

)

select
    may_be_shown.customer_key,
    may_be_shown.article_key,
    may_be_shown.score,
    cast(row_number() over (
        partition by may_be_shown.customer_key
        order by may_be_shown.score desc, articles.article_order
    ) as integer) as rank
from may_be_shown
inner join last_places
    on
        may_be_shown.customer_key = last_places.customer_key
        and may_be_shown.score >= last_places.least_score
inner join {{ ref('alive_articles') }} as articles on may_be_shown.article_key = articles.article_key
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#- Leaves out what a customer bought so lately that `hide_bought_days` keeps it from the list. -#}
{% macro without_hidden(relation) -%}
    {%- if var('hide_bought_days') > 0 -%}
anti join {{ ref('customer_articles') }} as hidden
    on
        {{ relation }}.customer_key = hidden.customer_key
        and {{ relation }}.article_key = hidden.article_key
        and hidden.days_since_last <= {{ var('hide_bought_days') }}
    {%- endif -%}
{%- endmacro %}

{#-
    What a boost adds to a score: a factor of 2 doubles a score above 0. The points of a learned blend also lie below 0, where a
    product would work the other way round.
-#}
{% macro points_of_boost(factor, score) -%}
    {{ exact_points('(' ~ factor ~ ' - 1) * abs(' ~ score ~ ')') }}
{%- endmacro %}
