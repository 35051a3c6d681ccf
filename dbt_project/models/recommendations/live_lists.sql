{#- both are expanded, so that dbt knows every table that a list may read -#}
{%- set with_rules, without_rules = best_with_rules('scores'), best_without_rules('scores') -%}
-- The best articles of each customer, as the points are now; `target_week_lists` has the same rows as a table.
-- A score is summed twice: of every candidate from few look-ups (macro score), then of the listed ones alone from the
-- points of each term, which give the main signal. Both sums are equal to the last digit, since points are exact.
with candidates as (

    select
        target_week,
        customer_key,
        article_key
        {%- for signal in used_signals() %},
        {{ signal.name }}_bucket
        {%- endfor %}
    from {{ ref('bucketed') }}
    where {{ in_customer_block('customer_key') }}

),

scores as (

    select
        candidates.*,
        {{- score('candidates') | indent(4) }} as score
    from candidates
    cross join {{ ref('point_lists') }} as point_lists

),

best as (

    {{ (with_rules if rules_act() else without_rules) | indent(4) }}

),

shown as (

    select
        *,
        -- the buckets of eight signals in a number, a byte each, the first one lowest: lists are kept for many weeks
        [
            {%- for eight in used_signals() | batch(8) %}
            {%- for signal in eight %}
            {{ '| ' if not loop.first }}(cast({{ signal.name }}_bucket as ubigint) << {{ 8 * loop.index0 }})
            {%- endfor %}{{ ',' if not loop.last }}
            {%- endfor %}
        ] as packed_buckets
    from best

),

shown_points as (

    {{ points('shown', kept=['rank', 'packed_buckets', 'boost', 'boosted_by', 'rules']) | indent(4) }}

),

-- the main signal is the largest single term, a signal or an interaction: a signal is compared without its interactions
with_most_points as (

    select
        *,
        greatest(
            0,
            {%- for term in terms() %}
            {{ term.name }}_points{{ ',' if not loop.last }}
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
        -- an article that is listed by a rule alone has no main signal
        when 0 then null
        {%- for term in terms() %}
        when {{ term.name }}_points then '{{ term.label }}'
        {%- endfor %}
    end as main_signal,
    packed_buckets,
    boost,
    boosted_by,
    rules
from with_most_points
