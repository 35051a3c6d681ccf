{%- set blend_id = learned_blend() -%}
{%- if blend_id is not none -%}
select
    signal,
    bucket,
    other_signal,
    other_bucket,
    points
from tuned.pair_shapes
where blend_id = {{ blend_id }}
{%- else -%}
-- before anything is learned no pair has points of its own
select
    cast(null as varchar) as signal,
    cast(null as integer) as bucket,
    cast(null as varchar) as other_signal,
    cast(null as integer) as other_bucket,
    cast(null as double) as points
where false
{%- endif %}
