with history as (

    select
        transactions.article_key,
        transactions.customer_key,
        transactions.quantity,
        customers.segment_key,
        {{ weeks_before_target_week('transactions.transaction_date') }} as weeks_ago
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('customers') }} as customers on transactions.customer_key = customers.customer_key
    where
        {{ before_target_week('transactions.transaction_date') }}
        and {{ weeks_before_target_week('transactions.transaction_date') }} <= 12

)

select
    segment_key,
    article_key,
    weeks_ago,
    {{ target_week() }} - 7 * weeks_ago as week,
    cast(sum(quantity) as bigint) as units,
    count(distinct customer_key) as buyers
from history
group by segment_key, article_key, weeks_ago
