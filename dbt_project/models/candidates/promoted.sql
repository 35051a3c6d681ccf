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
    article_keys.article_key,
    cast(count(distinct promotions.kind) as real) as promoted
from {{ source('raw', 'promotions') }} as promotions
inner join {{ ref('article_keys') }} as article_keys on promotions.article_id = article_keys.article_id
inner join segments on coalesce(promotions.segment, segments.segment) = segments.segment
where
    promotions.valid_from < {{ target_week() }} + 7
    and promotions.valid_to >= greatest(promotions.valid_from, {{ target_week() }})
group by segments.segment_key, article_keys.article_key
