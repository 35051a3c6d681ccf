-- A weight counts in the share that its source's precision has of the best source's, so that own history leads where
-- customers buy again, and bestsellers where they do not; in full where nothing was measured.
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

shares as (

    select
        source,
        precision / nullif(max(precision) over (), 0) as share
    from {{ ref('source_hits') }}

)

select
    listed.position,
    listed.signal,
    listed.weight * coalesce(shares.share, 1) as weight,
    listed.monotone
from listed
left join shares on listed.source = shares.source
