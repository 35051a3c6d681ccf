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
-- that: a customer seldom buys a durable twice. Of an article that the customer has bought, own history (before this
-- factor) or first purchases count, whichever has more points.
with shop as (

    select any_value(repeat_rate_of_shop) as repeat_rate
    from {{ repeatability }}

),

others as (

    select
        shapes.signal,
        shapes.bucket,
        shapes.points,
        weights.source,
        coalesce(greatest(-1, least(1, 4 * shapes.upper / shop.repeat_rate - 1)), 1) as factor
    from {{ signal_shapes }} as shapes
    inner join {{ ref('signal_weights') }} as weights on shapes.signal = weights.signal
    cross join shop

),

-- the points of all signals of own history for each point of one, as if they rose together
ratios as (

    select
        signal,
        {{ fixed_sum('weight', over='') }} / weight as ratio
    from {{ ref('signal_weights') }}
    where
        weight > 0
        and (
            false
            {%- for signal in used_signals() if signal.source == 'own_history' %}
            or signal = '{{ signal.name }}'
            {%- endfor %}
        )

)

select
    own.signal,
    own.bucket,
    others.signal as other_signal,
    others.bucket as other_bucket,
    {{ exact_points("case others.source
        when 'first_purchases' then 0 - greatest(0, least(others.points, own.points * coalesce(ratios.ratio, 0)))
        else own.points * (others.factor - 1)
    end") }} as points
from {{ signal_shapes }} as own
cross join others
left join ratios on own.signal = ratios.signal
where
    false
    {%- for pair in interactions() %}
    or (own.signal = '{{ pair.signal }}' and others.signal = '{{ pair.other }}')
    {%- endfor %}
{%- endif %}
