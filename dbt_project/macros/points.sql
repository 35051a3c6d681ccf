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
    `blend_lookup`, or `live_lookup`, which follows every change of them; the columns `kept` of `bucketed` go along. A bucket may be kept in a
    byte, which the place in a list outgrows.
-#}
{% macro points(bucketed, lookup, kept=[]) -%}
{%- set pairs = blend_pairs() -%}
{%- set used = used_signals() -%}
with contributions as (

    select
        bucketed.target_week,
        bucketed.customer_key,
        bucketed.article_key,
        {%- for column in kept %}
        bucketed.{{ column }},
        {%- endfor %}
        {%- for signal in used %}
        lookup.{{ signal.name }}_points[cast(bucketed.{{ signal.name }} as integer) + 1] as {{ signal.name }}
            {{- ',' if not loop.last or pairs }}
        {%- endfor %}
        {%- for pair in pairs %}
        lookup.{{ pair.name }}_points[
            cast(bucketed.{{ pair.signal }} as integer) * {{ var('buckets') + 1 }} + bucketed.{{ pair.other }} + 1
        ] as {{ pair.name }}{{ ',' if not loop.last }}
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
