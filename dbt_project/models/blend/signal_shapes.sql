-- A straight line in the logarithm: points = weight * bucket / buckets, and 0 where the signal is absent.
with buckets as (

    select unnest(range(0, {{ var('buckets') }} + 1)) as bucket

)

select
    weights.signal,
    cast(buckets.bucket as integer) as bucket,
    case when buckets.bucket > 0 then {{ bucket_edge('buckets.bucket - 1') }} end as lower,
    case when buckets.bucket > 0 then {{ bucket_edge('buckets.bucket') }} end as upper,
    {{ exact_points('weights.weight * buckets.bucket / ' ~ var('buckets')) }} as points
from {{ ref('signal_weights') }} as weights
left join {{ ref('signal_ranges') }} as ranges on weights.signal = ranges.signal
cross join buckets
