{#- Edge number `step` of a signal's buckets, which are equally wide in the logarithm between its lower and upper value. -#}
{% macro bucket_edge(step) -%}
    ranges.lower * power(ranges.upper / ranges.lower, ({{ step }}) / {{ var('buckets') }}.0)
{%- endmacro %}

{#-
    The bucket of a value: 0 when the signal is absent (null, or not above 0), else 1..buckets; values outside of
    lower..upper fall into the first or the last bucket.
-#}
{% macro bucket_of(signal) -%}
    case
        when {{ signal }} is null or {{ signal }} <= 0 then 0
        when {{ signal }} >= {{ signal }}_upper then {{ var('buckets') }}
        when {{ signal }} <= {{ signal }}_lower then 1
        else least(
            {{ var('buckets') }},
            1 + cast(floor(ln({{ signal }} / {{ signal }}_lower) * {{ signal }}_buckets_per_ln) as integer)
        )
    end
{%- endmacro %}

{#- Points are multiples of 2^-32: sums of them are exact in any order, so contributions sum to the score to the last digit. -#}
{% macro exact_points(expression) -%}
    round(({{ expression }}) * 4294967296) / 4294967296
{%- endmacro %}

{#- Range of the values of each signal in the relation `candidates`: the 1 % and 99.9 % quantiles of values above 0. -#}
{% macro value_ranges(candidates) -%}
with signal_values as (

    {% for signal in used_signals() %}
    select
        '{{ signal.name }}' as signal,
        {{ signal.name }} as signal_value
    from {{ candidates }}
    where {{ signal.name }} > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    signal,
    cast(quantile_disc(signal_value, 0.01) as double) as lower,
    cast(quantile_disc(signal_value, 0.999) as double) as upper
from signal_values
group by signal
{%- endmacro %}

{#- The columns that `bucket_of` needs for a signal: aggregates over `signal, lower, upper`. -#}
{% macro range_columns(signal) -%}
min(lower) filter (where signal = '{{ signal }}') as {{ signal }}_lower,
max(upper) filter (where signal = '{{ signal }}') as {{ signal }}_upper,
{{ var('buckets') }} / nullif(ln(
    max(upper) filter (where signal = '{{ signal }}')
    / min(lower) filter (where signal = '{{ signal }}')
), 0) as {{ signal }}_buckets_per_ln
{%- endmacro %}

{#-
    The buckets of all used signals as a list of numbers, each of eight signals in their order, a byte for every signal, the first one lowest.
    Packed buckets save space, since lists are kept for many weeks.
-#}
{% macro packed_buckets() -%}
    [
        {%- for eight in used_signals() | batch(8) %}
        {%- for signal in eight %}
        {{ '| ' if not loop.first }}(cast({{ signal.name }} as ubigint) << {{ 8 * loop.index0 }})
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    ]
{%- endmacro %}

{#- The list of buckets from the numbers of `packed_buckets`, one for each signal; places after the last signal hold 0. -#}
{% macro unpacked_buckets(packed_buckets) -%}
flatten(list_transform(
            {{ packed_buckets }},
            lambda eight: list_transform(range(8), lambda place: cast((eight >> (8 * place)) & 255 as integer))
        ))
{%- endmacro %}

{#-
    The points of each used signal and pair of signals for the buckets in `bucketed`, a relation, and their sum as `score`; the columns `kept` of
    `bucketed` are passed on. Expands to one look-up for each, such as `lookup.repurchase_points[(cast(bucketed.repurchase as bigint) + 1)] as repurchase`.
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
        {%- for term in terms() %}
        lookup.{{ term.name }}_points[{{ place_in_list(term.signals) }}] as {{ term.name }}
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ bucketed }} as bucketed
    cross join {{ ref('point_lists') }} as lookup

)

select
    *,
    {% for term in terms() %}
    {{ term.name }}{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
{%- endmacro %}

{#-
    The score in fewer look-ups than `points`, an expression over `bucketed` and `lookup`: all candidates are scored, but the points of each
    signal are looked up only for those that are shown.
-#}
{% macro score() -%}
    {%- for term in merged_terms() %}
    lookup.{{ term.list }}[{{ place_in_list(term.signals) }}]{{ ' +' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    Position of the points of a signal's bucket, or of the buckets of a pair, in their list, from 1. A bucket may be stored in a byte, which is too
    small for the position. Positions are bigints, and it is cheaper to cast each signal's bucket than every pair's position.
-#}
{% macro place_in_list(signals) -%}
    {%- if signals | length == 2 -%}
        cast(bucketed.{{ signals[0] }} as bigint) * {{ var('buckets') + 1 }} + {% endif -%}
    (cast(bucketed.{{ signals[-1] }} as bigint) + 1)
{%- endmacro %}

{#- The `points` of the relation `candidates`, which has the values of signals: each value falls into its bucket, each bucket has points. -#}
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
