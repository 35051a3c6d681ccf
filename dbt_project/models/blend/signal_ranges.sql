{%- set blend_id, sampled_candidates = learned_blend(), ref('sampled_candidates') -%}
{%- if blend_id is not none -%}
-- the ranges that `recs train` stored with the learned blend
select
    signal,
    min(lower) as lower,
    max(upper) as upper
from learned.shapes
where
    blend_id = {{ blend_id }}
    and lower is not null
group by signal
{%- else -%}
with ranges as (

    {{ value_ranges(sampled_candidates) | indent(4) }}

)

select *
from ranges
{%- endif %}
