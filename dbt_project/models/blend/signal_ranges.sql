{%- set blend_id = learned_blend() -%}
{%- if blend_id is not none -%}
-- as `recs tune` found them
select
    signal,
    min(lower) as lower,
    max(upper) as upper
from tuned.shapes
where
    blend_id = {{ blend_id }}
    and lower is not null
group by signal
{%- else -%}
-- Of a fixed sample of all customers, so that ranges are the same whomever is scored.
with sampled_customers as (

    select *
    from {{ ref('scored_customers') }}
    where customer_key in ({{ fixed_sample() }})

),

sampled_candidates as (

    {{ candidates_of('sampled_customers') | indent(4) }}

),

ranges as (

    {{ value_ranges('sampled_candidates') | indent(4) }}

)

select *
from ranges
{%- endif %}
