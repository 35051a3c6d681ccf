{%- set blend_id = learned_blend() -%}
{%- if blend_id is not none -%}
-- the points that `recs train` learned
select
    signal,
    bucket,
    lower,
    upper,
    points,
    cast(null as double) as default_points,
    cast(null as integer) as correction_bucket
from learned.shapes
where blend_id = {{ blend_id }}
{%- else -%}
-- Before anything is learned: points = weight * sqrt(value / highest value), and 0 where the signal is absent; the
-- value is the upper edge of the bucket, the highest one the 99.9 % quantile. Points of first purchases are
-- weight * sqrt(value): a share means the same in every shop. To them are added the corrections that were fitted to the
-- last whole week, those of the middle of the bucket.
-- The signals are read here for a sample of customers, to find the ranges of their values, and then in `bucketed` for
-- all. The sample is the same whichever customers are scored, so that the ranges do not depend on the run.
with sampled_customers as (

    select *
    from {{ ref('scored_customers') }}
    where customer_key in ({{ fixed_sample() }})

),

-- materialized, since the ranges read it once per signal
sampled_candidates as materialized (

    {{ candidates_of('sampled_customers') | indent(4) }}

),

ranges as (

    {{ value_ranges('sampled_candidates') | indent(4) }}

),

buckets as (

    select unnest(range(0, {{ var('buckets') }} + 1)) as bucket

),

default_shapes as (

    select
        weights.signal,
        cast(buckets.bucket as integer) as bucket,
        case when buckets.bucket > 0 then {{ bucket_edge('buckets.bucket - 1') }} end as lower,
        case when buckets.bucket > 0 then {{ bucket_edge('buckets.bucket') }} end as upper,
        case
            when buckets.bucket = 0 or ranges.upper is null then 0
            else {{ exact_points(
                'weights.weight * sqrt(' ~ bucket_edge('buckets.bucket')
                ~ " / case weights.source when 'first_purchases' then 1 else ranges.upper end)"
            ) }}
        end as default_points
    from {{ ref('signal_weights') }} as weights
    left join ranges on weights.signal = ranges.signal
    cross join buckets

),

corrections as (

    {{ corrections() | indent(4) }}

),

-- the first and the last range have no end
correction_ranges as (

    select
        signal,
        bucket,
        points,
        case when bucket > 1 then lower when bucket = 1 then 0 end as lower,
        case
            when bucket > 0
                then lead(lower, 1, cast('infinity' as double)) over (partition by signal order by bucket)
        end as upper
    from corrections

)

select
    shapes.signal,
    shapes.bucket,
    shapes.lower,
    shapes.upper,
    shapes.default_points + coalesce(corrections.points, 0) as points,
    shapes.default_points,
    corrections.bucket as correction_bucket
from default_shapes as shapes
left join correction_ranges as corrections
    on
        shapes.signal = corrections.signal
        and case
            when shapes.bucket = 0 then corrections.bucket = 0
            else
                sqrt(shapes.lower * shapes.upper) >= corrections.lower
                and sqrt(shapes.lower * shapes.upper) < corrections.upper
        end
{%- endif %}
