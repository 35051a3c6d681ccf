select
    customer_key,
    t_dat,
    {{ days_before_target_week('t_dat') }} as days_ago,
    count(*) as articles,
    cast(row_number() over (partition by customer_key order by t_dat desc) as integer) as trips_ago
from {{ ref('transactions') }}
where {{ before_target_week('t_dat') }}
group by customer_key, t_dat
