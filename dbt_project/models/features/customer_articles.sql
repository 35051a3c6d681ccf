with history as (

    select
        customer_key,
        article_key,
        t_dat,
        quantity,
        {{ days_before_target_week('t_dat') }} as days_ago
    from {{ ref('transactions') }}
    where {{ before_target_week('t_dat') }}

)

select
    customer_key,
    article_key,
    count(*) as purchases,
    cast(sum(quantity) as bigint) as quantity,
    min(t_dat) as first_day,
    max(t_dat) as last_day,
    min(days_ago) as days_since_last,
    {{ fixed_sum(half_life_decay('days_ago', var('half_lives').usual)) }} as purchases_decayed,
    {{ fixed_sum(half_life_decay('days_ago', var('half_lives').recent)) }} as purchases_decayed_recent,
    {{ fixed_sum(half_life_decay('days_ago', var('half_lives').lasting)) }} as purchases_decayed_lasting
from history
group by customer_key, article_key
{{ in_order_of_blocks() }}
