select
    customer_key,
    transaction_date,
    {{ days_before_target_week('transaction_date') }} as days_ago,
    count(*) as articles,
    cast(row_number() over (partition by customer_key order by transaction_date desc) as integer) as visits_ago
from {{ ref('transactions') }}
where {{ before_target_week('transaction_date') }}
group by customer_key, transaction_date
