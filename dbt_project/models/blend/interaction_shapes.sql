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
-- factor) or first purchases count, whichever has more points. To them are added the corrections of the pair that were
-- fitted to the last whole week.
with shop as (

    select any_value(repeat_rate_of_shop) as repeat_rate
    from {{ repeatability }}

),

shapes as (

    select
        shapes.signal,
        shapes.bucket,
        shapes.default_points,
        shapes.correction_bucket,
        weights.source,
        coalesce(greatest(-1, least(1, 4 * shapes.upper / shop.repeat_rate - 1)), 1) as factor
    from {{ signal_shapes }} as shapes
    inner join {{ ref('signal_weights') }} as weights on shapes.signal = weights.signal
    cross join shop

),

corrections as (

    {{ interaction_corrections() | indent(4) }}

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
    {{ exact_points("case
        when others.source = 'first_purchases'
            then 0 - greatest(0, least(others.default_points, own.default_points * coalesce(ratios.ratio, 0)))
        when others.signal = 'repeat_rate_of_type' and own.source = 'own_history'
            then own.default_points * (others.factor - 1)
        else 0
    end") }} + coalesce(corrections.points, 0) as points
from shapes as own
cross join shapes as others
left join ratios on own.signal = ratios.signal
left join corrections
    on
        own.signal = corrections.signal
        and own.correction_bucket = corrections.bucket
        and others.signal = corrections.other_signal
        and others.correction_bucket = corrections.other_bucket
where
    false
    {%- for pair in interactions() %}
    or (own.signal = '{{ pair.signal }}' and others.signal = '{{ pair.other }}')
    {%- endfor %}
{%- endif %}
