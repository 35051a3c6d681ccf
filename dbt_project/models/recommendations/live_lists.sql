{%- set used_interactions, kept = interactions(), ['rank', 'packed_buckets', 'boost', 'boosted_by', 'rules'] -%}
{%- for signal in reasons() | sum(start=[]) -%}
    {%- do kept.append(signal ~ '_bucket') -%}
{%- endfor -%}
{#- both are expanded, so that dbt knows every table that a list may read -#}
{%- set with_rules, without_rules = best_with_rules('scores'), best_without_rules('scores') -%}
-- The best articles of each customer, as the points are now; `target_week_lists` has the same rows as a table.
-- A score is summed twice: of every candidate from few look-ups (macro score), then of the listed ones alone from the
-- points of each term, which give the reasons. Both sums are equal to the last digit, since points are exact.
-- Macros: `score`, `points` and `interactions` in scoring/blend.sql, `best_with_rules` and `best_without_rules` in
-- rules/shown_articles.sql, `reasons` in signals/reasons.sql.
with candidates as (

    select
        target_week,
        customer_key,
        article_key
        {%- for signal in used_signals() %},
        {{ signal.name }}_bucket
        {%- endfor %}
    from {{ ref('bucketed') }}
    -- all customers, or one block of them while `target_week_lists` is filled
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

    {{ points('shown', kept) | indent(4) }}

),

-- points of interactions are added to the signal of the two that a person would name; an absent signal is no reason
folded as (

    select
        *
        {%- for signal in reasons() | sum(start=[]) %},
        case
            when {{ signal }}_bucket = 0 then 0
            else {{ signal }}_points
                {%- for pair in used_interactions if pair.named == signal %}
                + {{ pair.name }}_points
                {%- endfor %}
        end as {{ signal }}_folded
        {%- endfor %}
    from shown_points

),

-- signals with the same reason count together, and the one with the most points stands for them
with_reasons as (

    select
        *,
        {%- if reasons() %}
        list_reverse_sort(list_filter(
            [
                {%- for names in reasons() %}
                struct_pack(
                    points :=
                        {%- for signal in names %}
                        {{ signal }}_folded{{ ' +' if not loop.last }}
                        {%- endfor %},
                    earlier := {{ -loop.index }},
                    signal := case greatest(
                        {%- for signal in names %}
                        {{ signal }}_folded{{ ',' if not loop.last }}
                        {%- endfor %}
                    )
                        {%- for signal in names %}
                        when {{ signal }}_folded then '{{ signal }}'
                        {%- endfor %}
                    end
                ){{ ',' if not loop.last }}
                {%- endfor %}
            ],
            lambda reason: reason['points'] > 0
        )) as reasons
        {%- else %}
        cast(null as struct(signal varchar)[]) as reasons
        {%- endif %}
    from folded

)

select
    target_week,
    customer_key,
    article_key,
    rank,
    score + boost as score,
    -- none where no signal adds points: a rule lists the article, or it fills the list
    reasons[1]['signal'] as main_signal,
    reasons[2]['signal'] as second_signal,
    reasons[3]['signal'] as third_signal,
    packed_buckets,
    boost,
    boosted_by,
    rules
from with_reasons
