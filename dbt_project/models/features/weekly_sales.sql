with history as (

    select
        article_key,
        customer_key,
        quantity,
        {{ weeks_before_target_week('t_dat') }} as weeks_ago
    from {{ ref('transactions') }}
    where {{ before_target_week('t_dat') }}

)

select
    article_key,
    weeks_ago,
    {{ target_week() }} - 7 * weeks_ago as week,
    cast(sum(quantity) as bigint) as units,
    count(distinct customer_key) as buyers
from history
group by article_key, weeks_ago
