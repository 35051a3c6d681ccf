-- The ranges of all signals in one row, which every row of a signal is joined with to find its bucket.
select
    {{ target_week() }} as target_week,
    {%- for signal in used_signals() %}
    {{ range_columns(signal.name) | indent(4) }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('signal_shapes') }}
