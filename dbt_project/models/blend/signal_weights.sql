-- Weights follow the precision of last week. If the bestsellers were r > 1 times as precise as own history, a weight of
-- own history is divided by r, and a weight of the bestsellers is multiplied by r, at most by 4. Signals without a
-- source keep the weight of the list.
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

factors as (

    select
        own.precision / nullif(greatest(own.precision, best.precision), 0) as own_history,
        greatest(1, best.precision / nullif(greatest(own.precision, best.precision / 4), 0)) as bestsellers
    from {{ ref('source_precision') }} as own
    inner join {{ ref('source_precision') }} as best on own.source = 'own_history' and best.source = 'bestsellers'

)

select
    listed.position,
    listed.signal,
    listed.weight * coalesce(
        case listed.source
            when 'own_history' then factors.own_history
            when 'bestsellers' then factors.bestsellers
        end,
        1
    ) as weight,
    listed.monotone
from listed
left join factors on true
