{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

-- Points of the buckets in `rankings`, as they were when their week was scored.
{%- set used = used_signals() | map(attribute='name') | list %}
select
    {{ target_week() }} as target_week,
    {{ var('buckets') + 1 }} as width,
    -- the terms of the score; places among the packed buckets of a list, in the order of the used signals, from 1; a
    -- signal by itself has no first one
    [
        {%- for name in used %}
        struct_pack(signal := '{{ name }}', first_place := 0, second_place := {{ loop.index }})
        {{- ',' if not loop.last or interactions() }}
        {%- endfor %}
        {%- for pair in interactions() %}
        struct_pack(
            signal := '{{ pair.label }}',
            first_place := {{ used.index(pair.signal) + 1 }},
            second_place := {{ used.index(pair.other) + 1 }}
        )
        {{- ',' if not loop.last }}
        {%- endfor %}
    ] as parts,
    flatten([
        {%- for term in terms() %}
        point_lists.{{ term.name }}_points{{ ',' if not loop.last }}
        {%- endfor %}
    ]) as points
from {{ ref('point_lists') }} as point_lists
