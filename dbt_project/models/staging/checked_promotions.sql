-- The first rule that a raw line breaks names it; null means the line is used.
with segments as (

    select distinct segment
    from {{ ref('customers') }}

),

promotions as (

    select
        {{ trimmed('article_id') }} as article_id,
        {{ trimmed('kind') }} as kind,
        valid_from,
        valid_to,
        {{ trimmed('segment') }} as segment
    from {{ source('raw', 'promotions') }}

)

select
    article_keys.article_key,
    promotions.kind,
    promotions.valid_from,
    promotions.valid_to,
    promotions.segment,
    case
        when article_keys.article_key is null then 'no such article'
        when promotions.kind is null then 'no kind'
        when promotions.valid_from is null or promotions.valid_to is null then 'no day on which it begins or ends'
        when promotions.valid_to < promotions.valid_from then 'ends before it begins'
        when promotions.segment is not null and segments.segment is null then 'no customer in that segment'
    end as rejected_because
from promotions
left join {{ ref('article_keys') }} as article_keys on promotions.article_id = article_keys.article_id
left join segments on promotions.segment = segments.segment
