{#- Edge number `step` of a signal's buckets, which are equally wide in the logarithm between its lower and upper value. -#}
{% macro bucket_edge(step) -%}
    ranges.lower * power(ranges.upper / ranges.lower, ({{ step }}) / {{ var('buckets') }}.0)
{%- endmacro %}

{#-
    The bucket of a value: 0 when the signal is absent (null, or not above 0), else 1..buckets; what lies outside of
    lower..upper falls into the first or the last one.
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

{#- Where the values of each signal in `candidates`, a relation, lie: their 1 % and 99.9 % quantiles, above 0. -#}
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

{#- What `bucket_of` a signal needs, as columns of one row: aggregates over `signal, lower, upper`. -#}
{% macro range_columns(signal) -%}
min(lower) filter (where signal = '{{ signal }}') as {{ signal }}_lower,
max(upper) filter (where signal = '{{ signal }}') as {{ signal }}_upper,
{{ var('buckets') }} / nullif(ln(
    max(upper) filter (where signal = '{{ signal }}')
    / min(lower) filter (where signal = '{{ signal }}')
), 0) as {{ signal }}_buckets_per_ln
{%- endmacro %}

{#-
    Buckets are packed into numbers, eight to each, a byte for every used signal in their order, the first one lowest. This gives those numbers
    that hold any of the signals `names`, as a dictionary of expressions by the names of their columns; the bytes of other signals are 0. A
    bucket is a column, or what `bucket_of` its signal's value gives.
-#}
{% macro packed_signals(names, of_values=false) -%}
    {%- set bytes = {} -%}
    {%- for signal in used_signals() -%}
        {%- if signal.name in names -%}
            {%- set bucket = bucket_of(signal.name) if of_values else signal.name -%}
            {%- do bytes.setdefault('eight_' ~ loop.index0 // 8, []).append(
                '(cast(' ~ bucket ~ ' as ubigint) << ' ~ 8 * (loop.index0 % 8) ~ ')'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set numbers = {} -%}
    {%- for name, shifted in bytes.items() -%}
        {%- do numbers.update({name: shifted | join(' | ')}) -%}
    {%- endfor -%}
    {{ return(numbers) }}
{%- endmacro %}

{#- All of these numbers: columns of a relation that has the bucket of every used signal as a column. -#}
{% macro packed_columns() -%}
    {%- for name, number in packed_signals(used_signals() | map(attribute='name') | list).items() -%}
        {{ number }} as {{ name }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- What they are called. -#}
{% macro packed_names() -%}
    {{ return(packed_signals(used_signals() | map(attribute='name') | list) | list) }}
{%- endmacro %}

{#- The other way round: the bucket of every signal as a column, 0 for one that is not used. -#}
{% macro unpacked_columns(signals) -%}
    {%- set used = used_signals() | map(attribute='name') | list -%}
    {%- for signal in signals -%}
        {%- if signal.is_used -%}
            {%- set place = used.index(signal.name) -%}
            cast({{ unpacked('eight_' ~ place // 8, place % 8) }} as utinyint)
        {%- else -%}
            cast(0 as utinyint)
        {%- endif %} as {{ signal.name }}{{ ',\n    ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The byte at a place within eight, 0..7, of such a number. -#}
{% macro unpacked(number, place) -%}
    ({{ number }} >> (8 * {{ place }})) & 255
{%- endmacro %}

{#- The list with a place for each, from the numbers; places after the last signal hold 0. -#}
{% macro unpacked_buckets(packed_buckets) -%}
flatten(list_transform(
            {{ packed_buckets }},
            lambda eight: list_transform(range(8), lambda place: cast({{ unpacked('eight', 'place') }} as integer))
        ))
{%- endmacro %}
