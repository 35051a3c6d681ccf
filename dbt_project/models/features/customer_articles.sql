with history as (

    select
        customer_key,
        article_key,
        transaction_date,
        {{ days_before_target_week('transaction_date') }} as days_ago
    from {{ ref('transactions') }}
    where {{ before_target_week('transaction_date') }}

),

bought as (

    select
        customer_key,
        article_key,
        count(*) as purchases,
        min(transaction_date) as first_day,
        max(transaction_date) as last_day,
        {{ decayed_count('days_ago', var('half_lives').usual) }} as purchases_decayed,
        {{ decayed_count('days_ago', var('half_lives').recent) }} as purchases_decayed_recent,
        {{ decayed_count('days_ago', var('half_lives').lasting) }} as purchases_decayed_lasting
    from history
    group by customer_key, article_key

)

select
    *,
    {{ days_before_target_week('last_day') }} as days_since_last
from bought
-- customers are scored a block of keys at a time: rows of a block lie together, and no others are read
order by customer_key
