{#-
    The best articles of every customer by `bucketed`, a relation. The buckets that a score is made of go along, packed, and say of the few
    that are shown what they owe their scores to; `weekly_points` says which points they have.
-#}
{% macro ranking(bucketed, lookup) -%}
{%- set scored_customers, shelf = ref('scored_customers'), ref('shelf') -%}
{%- set contributors = contributors() -%}
{%- set packed = packed_names() -%}
with scores as (

    {{ scores(bucketed, lookup, kept=packed) | indent(4) }}

),

{%- if rules_act() %}
on_shelf as (

    select
        scores.customer_key,
        scores.article_key,
        {%- for eight in packed %}
        scores.{{ eight }},
        {%- endfor %}
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
    from {{ within_limits(
        'on_shelf', 'customer_key', 'pinned_at nulls last, score desc, popularity_rank', most=2 * var('list_length')
    ) | indent(4) }}

),

placed as (

    select
        *,
        -- a pinned article has its place; the others take those that are free, in their order
        coalesce(pinned_at, free_ranks[row_number() over (
            partition by customer_key, pinned_at is null
            order by score desc, popularity_rank
        )]) as place
    from within_limits
    qualify place is not null

),

best as (

    select
        customer_key,
        article_key,
        {{ packed | join(', ') }},
        boost,
        boosted_by,
        rules,
        -- in a list that ends before its place, a pinned article moves up to the end
        cast(row_number() over (partition by customer_key order by place) as integer) as rank
    from placed
    qualify rank <= {{ var('list_length') }}

),
{%- else %}
best as (

    select
        *,
        cast(0 as double) as boost,
        cast(null as varchar) as boosted_by,
        cast(null as varchar) as rules
    from (
        {{ best_without_rules('scores', kept=packed) | indent(8) }}
    )

),
{%- endif %}

shown as (

    select
        *,
        {{ target_week() }} as target_week,
        {{ unpacked_columns(used_signals()) | indent(4) }}
    from best

),

shown_points as (

    {{ points('shown', lookup, kept=packed + ['rank', 'boost', 'boosted_by', 'rules']) | indent(4) }}

),

with_most_points as (

    select
        *,
        greatest(
            0,
            {%- for contributor in contributors %}
            {{ contributor.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as most_points
    from shown_points

)

select
    target_week,
    customer_key,
    article_key,
    rank,
    score + boost as score,
    case
        most_points
        -- what a rule alone puts there owes it to no signal
        when 0 then null
        {%- for contributor in contributors %}
        when {{ contributor.name }} then '{{ contributor.label }}'
        {%- endfor %}
    end as main_signal,
    [{{ packed | join(', ') }}] as packed_buckets,
    boost,
    boosted_by,
    rules
from with_most_points
{%- endmacro %}

{#-
    The best alive articles of every customer by `scores`, a relation, as they are where no rule acts, with its columns `kept`. Only what
    reaches the customer's last place is sorted.
-#}
{% macro best_without_rules(scores, kept=[]) -%}
with may_be_shown as (

    select
        {{ scores }}.customer_key,
        {{ scores }}.article_key,
        {%- for column in kept %}
        {{ scores }}.{{ column }},
        {%- endfor %}
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
    {%- for column in kept %}
    may_be_shown.{{ column }},
    {%- endfor %}
    may_be_shown.score,
    cast(row_number() over (
        partition by may_be_shown.customer_key
        order by may_be_shown.score desc, articles.popularity_rank
    ) as integer) as rank
from may_be_shown
inner join last_places
    on
        may_be_shown.customer_key = last_places.customer_key
        and may_be_shown.score >= last_places.least_score
inner join {{ ref('alive_articles') }} as articles on may_be_shown.article_key = articles.article_key
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#-
    Leaves out articles that the customer bought so lately that `hide_bought_days` keeps them from the list. The customer's key stands in the
    relation `customers`, the article's in `articles`, or in the same.
-#}
{% macro without_hidden(customers, articles=none) -%}
    {%- if var('hide_bought_days') > 0 -%}
anti join {{ ref('customer_articles') }} as hidden
    on
        {{ customers }}.customer_key = hidden.customer_key
        and {{ articles or customers }}.article_key = hidden.article_key
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
