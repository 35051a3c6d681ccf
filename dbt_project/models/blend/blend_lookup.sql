-- The shapes as one row: each signal's range and its points as a list, so that a score is a few look-ups.
with shapes as (

    select
        {%- for signal in used_signals() %}
        {{ range_columns(signal.name) | indent(8) }},
        list(points order by bucket) filter (where signal = '{{ signal.name }}')
            as {{ signal.name }}_points{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('signal_shapes') }}

),

pairs as (

    select
        {%- for pair in blend_pairs() %}
        list(points order by bucket, other_bucket) filter (
            where signal = '{{ pair.signal }}' and other_signal = '{{ pair.other }}'
        ) as {{ pair.name }}_points,
        {%- endfor %}
        count(*) as cells
    from {{ ref('pair_shapes') }}

)

select
    shapes.*,
    pairs.*
from shapes
cross join pairs
