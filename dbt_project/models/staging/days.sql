-- Lines are read once for all sums of days and weeks, which read these few rows.
select
    transaction_date,
    any_value(week) as week,
    count(*) as lines,
    sum({{ hash_of(['transaction_date', 'customer_id', 'article_id', 'quantity', 'price']) }}) as line_hash
from {{ ref('checked_transactions') }}
where rejected_because is null
group by transaction_date
