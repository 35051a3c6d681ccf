-- A purchase before the target week is reduced by returns before it, a purchase in it by returns until its end.
select
    bought_on as transaction_date,
    customer_id,
    article_id,
    any_value(week) as week,
    any_value(lines) as lines,
    any_value(bought) as bought,
    cast(sum(returned) as bigint) as returned
from {{ ref('returns') }}
where
    {{ before_target_week('returned_on') }}
    or ({{ in_target_week('bought_on') }} and {{ in_target_week('returned_on') }})
group by bought_on, customer_id, article_id
