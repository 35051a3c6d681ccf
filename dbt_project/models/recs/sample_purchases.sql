-- The purchases that the report shows, and no more: the latest ones before each of the weeks that it may show (the
-- latest one that is over, that has begun, and that is to come), and all in these weeks.
with sample as (

    select distinct
        customers.customer_key,
        customers.customer_id
    from {{ ref('sample_customers') }} as sample_customers
    inner join {{ ref('customers') }} as customers on sample_customers.customer_id = customers.customer_id

),

weeks as (

    select
        lists.target_week,
        case
            when lists.target_week + 6 <= history.known_until then 'over'
            when lists.target_week <= history.known_until then 'begun'
            else 'to come'
        end as state
    from (select distinct target_week from {{ ref('rankings') }}) as lists
    cross join {{ ref('target_week') }} as history
    qualify row_number() over (partition by state order by lists.target_week desc) = 1

),

purchases as (

    select
        sample.customer_id,
        transactions.transaction_date as day,
        articles.article_id,
        transactions.quantity
    from {{ ref('transactions') }} as transactions
    inner join sample on transactions.customer_key = sample.customer_key
    inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key

),

shown as (

    select
        purchases.*,
        purchases.day < weeks.target_week as is_before,
        row_number() over (
            partition by weeks.target_week, purchases.customer_id, purchases.day < weeks.target_week
            order by purchases.day desc, purchases.article_id
        ) as place
    from purchases
    inner join weeks on purchases.day < weeks.target_week + 7

)

select distinct
    customer_id,
    day,
    article_id,
    quantity
from shown
where
    {{ var('report_purchases') }} > 0
    and (place <= {{ var('report_purchases') }} or not is_before)
