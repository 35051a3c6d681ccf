{%- set blend_id = learned_blend() -%}
{%- set signal_shapes, repeatability = ref('signal_shapes'), ref('repeatability') -%}
{%- if blend_id is not none -%}
select
    signal,
    bucket,
    other_signal,
    other_bucket,
    points
from learned.interaction_shapes
where blend_id = {{ blend_id }}
{%- else -%}
-- Before anything is learned: the points of own history count in full for an article whose type is bought again at
-- least half as readily as the shop's articles on the whole, not at all at a quarter, and against the article below
-- that: a customer seldom buys a durable twice.
with shop as (

    select any_value(repeat_rate_of_shop) as repeat_rate
    from {{ repeatability }}

),

factors as (

    select
        shapes.signal,
        shapes.bucket,
        coalesce(greatest(-1, least(1, 4 * shapes.upper / shop.repeat_rate - 1)), 1) as factor
    from {{ signal_shapes }} as shapes
    cross join shop

)

select
    own.signal,
    own.bucket,
    rates.signal as other_signal,
    rates.bucket as other_bucket,
    {{ exact_points('own.points * (rates.factor - 1)') }} as points
from {{ signal_shapes }} as own
cross join factors as rates
where
    false
    {%- for pair in interactions() %}
    or (own.signal = '{{ pair.signal }}' and rates.signal = '{{ pair.other }}')
    {%- endfor %}
{%- endif %}
