-- kinds of promotion (such as display and mailer) that are known in advance for the target week
select
    article_keys.article_key,
    cast(count(distinct promotions.kind) as real) as promoted
from {{ source('raw', 'promotions') }} as promotions
inner join {{ ref('article_keys') }} as article_keys on promotions.article_id = article_keys.article_id
where
    promotions.valid_from < {{ target_week() }} + 7
    and promotions.valid_to >= {{ target_week() }}
group by article_keys.article_key
