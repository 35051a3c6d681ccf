-- The first rule that a raw line breaks names it; null means the line is used.
with lines as (

    select
        transaction_date,
        {{ trimmed('customer_id') }} as customer_id,
        {{ trimmed('article_id') }} as article_id,
        coalesce(quantity, 1) as quantity,
        quantity is null as quantity_is_missing,
        price as paid,
        -- NaN compares as the largest number
        coalesce(abs(price * coalesce(quantity, 1)) > {{ largest_fixed_sum() }}, false) as price_is_impossible
    from {{ source('raw', 'transactions') }}

),

dataset as (

    select
        week_starts_on,
        earliest_date,
        loaded_on
    from {{ source('raw', 'dataset') }}

)

select
    lines.transaction_date,
    {{ first_day_of_week('lines.transaction_date', week_starts_on('dataset')) }} as week,
    lines.customer_id,
    lines.article_id,
    lines.quantity,
    lines.quantity_is_missing,
    lines.price_is_impossible,
    case when not lines.price_is_impossible then lines.paid end as price,
    case
        when lines.transaction_date is null or not {{ is_finite_date('lines.transaction_date') }} then 'no date'
        when lines.transaction_date < dataset.earliest_date then 'date before ' || dataset.earliest_date
        when lines.transaction_date > dataset.loaded_on then 'date in the future'
        when lines.customer_id is null then 'no customer'
        when lines.article_id is null then 'no article'
        when lines.quantity < 0 then 'returned'
        when lines.quantity = 0 then 'quantity is zero'
        when lines.quantity > {{ largest_fixed_sum() }} then 'quantity is impossible'
        -- money that went back to the customer: a refund or a discount, and no purchase
        when lines.paid < 0 then 'price is negative'
    end as rejected_because
from lines
cross join dataset
