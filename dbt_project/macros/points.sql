{#-
    The points of each used signal and pair of signals for the buckets in `bucketed`, a relation, and their sum as `score`; the columns `kept` of
    `bucketed` go along. Expands to one look-up for each, such as `lookup.repurchase_points[(cast(bucketed.repurchase as bigint) + 1)] as repurchase`.
-#}
{% macro points(bucketed, kept=[]) -%}
with contributions as (

    select
        bucketed.target_week,
        bucketed.customer_key,
        bucketed.article_key,
        {%- for column in kept %}
        bucketed.{{ column }},
        {%- endfor %}
        {%- for contributor in contributors() %}
        lookup.{{ contributor.name }}_points[{{ place_in_list(contributor.signals) }}] as {{ contributor.name }}
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ bucketed }} as bucketed
    cross join {{ ref('point_lists') }} as lookup

)

select
    *,
    {% for contributor in contributors() %}
    {{ contributor.name }}{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
{%- endmacro %}

{#-
    The same score of fewer look-ups, an expression over `bucketed` and `lookup`: all candidates are scored, and the points of each signal are
    asked for only of those that are shown.
-#}
{% macro score() -%}
    {%- for summand in summands() %}
    lookup.{{ summand.list }}[{{ place_in_list(summand.signals) }}]{{ ' +' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    Where the points of a signal's bucket, or of the buckets of a pair, in `bucketed` stand in their list, from 1. A bucket may be kept in a byte, which
    the place outgrows; a place of a list is a bigint, and it is cheaper to make one of each signal's bucket than of every pair's place.
-#}
{% macro place_in_list(signals) -%}
    {%- if signals | length == 2 -%}
        cast(bucketed.{{ signals[0] }} as bigint) * {{ var('buckets') + 1 }} + {% endif -%}
    (cast(bucketed.{{ signals[-1] }} as bigint) + 1)
{%- endmacro %}

{#- The same of `candidates`, a relation with the values of signals: each value falls into its bucket, and each bucket has its points. -#}
{% macro blended(candidates) -%}
with bucketed as (

    select
        candidates.target_week,
        candidates.customer_key,
        candidates.article_key,
        {%- for signal in signals() %}
        {{ bucket_of(signal.name) if signal.is_used else 0 }} as {{ signal.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ candidates }} as candidates
    cross join {{ ref('bucket_ranges') }} as ranges

),

blended as (

    {{ points('bucketed') | indent(4) }}

)

select *
from blended
{%- endmacro %}
