-- Own history leads where customers buy again, and last week's bestsellers where they do not: where these were r times
-- as precise, a weight of own history counts 1 / r, down to nothing, and a weight of theirs r times, but no more than
-- four. What was not measured counts as listed.
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
    from {{ ref('source_hits') }} as own
    inner join {{ ref('source_hits') }} as best on own.source = 'own_history' and best.source = 'bestsellers'

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
