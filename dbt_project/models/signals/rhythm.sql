-- overdue: days since the last purchase, to the middle of the target week, over the customer's gap between purchases;
-- purchase_rate: purchases per week since the first one, with the article's repeat rate as prior (gamma-Poisson)
with last_gaps as (

    select
        purchases.customer_key,
        purchases.article_key,
        date_diff('day', max(purchases.transaction_date), history.last_day) as last_gap
    from {{ ref('transactions') }} as purchases
    inner join {{ ref('scored_customers') }} as customers on purchases.customer_key = customers.customer_key
    -- few rows have a gap: the others need not be grouped
    inner join {{ ref('customer_articles') }} as history
        on
            purchases.customer_key = history.customer_key
            and purchases.article_key = history.article_key
            and history.purchases > 1
    where
        {{ before_target_week('purchases.transaction_date') }}
        and history.last_day > purchases.transaction_date
    group by purchases.customer_key, purchases.article_key, history.last_day

),

history as (

    select
        history.*,
        shopping_days.visits_ago,
        {{ days_before_target_week('history.first_day') }} as days_known,
        date_diff('day', history.first_day, history.last_day) / nullif(history.purchases - 1, 0) as days_between,
        last_gaps.last_gap,
        repeatability.exact_repeat_rate
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
    inner join {{ ref('eligible_articles') }} as eligible on history.article_key = eligible.article_key
    inner join {{ ref('repeatability') }} as repeatability on history.article_key = repeatability.article_key
    inner join {{ ref('shopping_days') }} as shopping_days
        on
            history.customer_key = shopping_days.customer_key
            and history.last_day = shopping_days.transaction_date
    left join last_gaps
        on
            history.customer_key = last_gaps.customer_key
            and history.article_key = last_gaps.article_key

)

select
    customer_key,
    article_key,
    cast(days_since_last as real) as days_since,
    cast(visits_ago as real) as visits_since,
    cast(days_between as real) as days_between,
    cast((days_since_last + 3.5) / days_between as real) as overdue,
    cast(cast(days_since_last + 3.5 as double) / last_gap as real) as overdue_after_last_gap,
    cast(purchases / (days_known / 7 + 1 / exact_repeat_rate) as real) as purchase_rate
from history
-- as customer_articles: rows of a block of customers lie together
order by customer_key
