-- The points of each signal and pair as lists in one row, so that a score is a few look-ups. The sums of a pair are its
-- points and the own points of its signals, of those that no earlier pair has (macro merged_terms).
-- lists first, columns then: a filter for each pair would read every cell once per pair
with lists as (

    select
        signal as term,
        list(points order by bucket) as points
    from {{ ref('signal_shapes') }}
    group by signal

    union all

    select
        signal || ' & ' || other_signal as term,
        list(points order by bucket, other_bucket) as points
    from {{ ref('interaction_shapes') }}
    group by signal, other_signal

),

points as (

    select
        {%- for term in terms() %}
        any_value(points) filter (where term = '{{ term.label }}')
            as {{ term.name }}_points{{ ',' if not loop.last }}
        {%- endfor %}
    from lists

)

{%- set width = var('buckets') + 1 %}

select
    *
    {%- for pair in merged_terms() if pair.takes %},
    list_transform(
        range({{ width ** 2 }}),
        lambda cell: {{ pair.name }}_points[cast(cell + 1 as integer)]
        {%- for signal in pair.takes %}
        {%- set bucket = 'cell ' ~ ('//' if signal == pair.signals[0] else '%') ~ ' ' ~ width %}
        + {{ signal }}_points[cast({{ bucket }} + 1 as integer)]
        {%- endfor %}
    ) as {{ pair.list }}
    {%- endfor %}
from points
