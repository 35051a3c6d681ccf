{#- The buckets of every signal of `candidates`, a relation, as columns and packed; a signal that is not used is absent. -#}
{% macro bucketed(candidates) -%}
with buckets as (

    select
        candidates.target_week,
        candidates.customer_key,
        candidates.article_key,
        {%- for signal in signals() %}
        {{ bucket_of(signal.name) if signal.is_used else 0 }} as {{ signal.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ candidates }} as candidates
    cross join {{ ref('blend_lookup') }} as lookup

)

select
    *,
    {{ packed_columns() }}
from buckets
{%- endmacro %}

{#-
    The points of every used signal and pair of signals for the buckets in `bucketed`, a relation, and their sum. `lookup` has the points:
    `blend_lookup`, or `live_lookup`, which follows every change of them; the columns `kept` of `bucketed` go along.
-#}
{% macro points(bucketed, lookup, kept=[]) -%}
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
    cross join {{ lookup }} as lookup

)

select
    *,
    {% for contributor in contributors() %}
    {{ contributor.name }}{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
{%- endmacro %}

{#- The sum alone, of fewer look-ups: all candidates are scored, and only of those that are shown each point is asked for. -#}
{% macro scores(bucketed, lookup, kept=[]) -%}
select
    bucketed.customer_key,
    bucketed.article_key,
    {%- for column in kept %}
    bucketed.{{ column }},
    {%- endfor %}
    {% for summand in summands() %}
    lookup.{{ summand.list }}[{{ place_in_list(summand.signals) }}]{{ ' +' if not loop.last }}
    {%- endfor %} as score
from {{ bucketed }} as bucketed
cross join {{ lookup }} as lookup
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

{#- The points of every row of `candidates`, a relation: both steps at once. -#}
{% macro blended(candidates) -%}
with bucketed as (

    {{ bucketed(candidates) | indent(4) }}

),

blended as (

    {{ points('bucketed', ref('blend_lookup')) | indent(4) }}

)

select *
from blended
{%- endmacro %}
