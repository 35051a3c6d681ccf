-- Kinds of promotion (such as display and mailer) that are known in advance for the target week, in each segment of
-- customers that they are meant for.
with segments as (

    select distinct
        segment,
        segment_key
    from {{ ref('customers') }}

)

select
    segments.segment_key,
    promotions.article_key,
    cast(count(distinct promotions.kind) as real) as promoted
from {{ ref('checked_promotions') }} as promotions
inner join segments on coalesce(promotions.segment, segments.segment) = segments.segment
where
    promotions.rejected_because is null
    and promotions.valid_from < {{ target_week() }} + 7
    and promotions.valid_to >= {{ target_week() }}
group by segments.segment_key, promotions.article_key
