with checked as (

    select *
    from {{ ref('checked_transactions') }}
    where rejected_because is null

)

select
    checked.t_dat,
    customer_keys.customer_key,
    article_keys.article_key,
    cast(sum(checked.quantity) as bigint) as quantity,
    {{ fixed_sum('checked.price * checked.quantity') }} / sum(checked.quantity) as price
from checked
inner join {{ ref('customer_keys') }} as customer_keys on checked.customer_id = customer_keys.customer_id
inner join {{ ref('article_keys') }} as article_keys on checked.article_id = article_keys.article_id
group by 1, 2, 3
