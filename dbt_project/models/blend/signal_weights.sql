-- Weights follow the precision of last week. If the bestsellers were r > 1 times as precise as own history, a weight of
-- own history is divided by r, and a weight of the bestsellers is multiplied by r, at most by 4. A squared point of own
-- history led to hits / points_squared purchases. First purchases get points at this rate, if that is more than listed:
-- weight * sqrt(share * points_squared / (hits + 1)), divided by r where own history is; without a hit the rate is
-- unknown. Signals without a source keep the weight of the list.
-- One hit is added to each source, at the precision of both together: a week of a few buyers moves the weights little.
with listed as (

    {% for signal in signals() %}
    select
        {{ loop.index }} as position,
        '{{ signal.name }}' as signal,
        cast({{ signal.weight }} as double) as weight,
        {{ signal.monotone }} as monotone,
        '{{ signal.source }}' as source
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

sources as (

    select
        source,
        (hits + 1) / (listed + sum(listed) over () / nullif(sum(hits) over (), 0)) as precision,
        case when hits > 0 then sqrt(points_squared / (hits + 1)) else 0 end as points_of_a_hit
    from {{ ref('source_precision') }}

),

factors as (

    select
        own.precision / greatest(own.precision, best.precision) as own_history,
        own.points_of_a_hit as first_purchases,
        greatest(1, best.precision / greatest(own.precision, best.precision / 4)) as bestsellers
    from sources as own
    inner join sources as best on own.source = 'own_history' and best.source = 'bestsellers'

)

select
    listed.position,
    listed.signal,
    listed.weight * coalesce(
        case listed.source
            when 'own_history' then factors.own_history
            when 'first_purchases' then greatest(1, factors.own_history * factors.first_purchases)
            when 'bestsellers' then factors.bestsellers
        end,
        1
    ) as weight,
    listed.monotone,
    listed.source
from listed
left join factors on true
