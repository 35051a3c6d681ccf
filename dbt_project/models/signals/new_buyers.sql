-- Share of the customers of the last three days of sales who bought the article for the first time, among those who had
-- not bought it before. Popularity mixes them with regular buyers, whose purchases tell nothing about other customers.
-- 100 is added to the denominator, so that a few purchases give a small share.
with last_days as (

    select transaction_date
    from {{ ref('days') }}
    where {{ before_target_week('transaction_date') }}
    order by transaction_date desc
    limit 3

),

since as (

    select min(transaction_date) as first_day
    from last_days

),

visitors as (

    select history.customer_key
    from {{ ref('customer_articles') }} as history
    cross join since
    where history.last_day >= since.first_day
    group by history.customer_key

),

visits as (

    select count(*) as customers
    from visitors

),

buyers as (

    select
        history.article_key,
        count(*) filter (where history.first_day >= since.first_day) as new_buyers,
        count(*) filter (where history.first_day < since.first_day) as earlier_buyers
    from {{ ref('customer_articles') }} as history
    semi join visitors on history.customer_key = visitors.customer_key
    cross join since
    group by history.article_key

)

select
    buyers.article_key,
    cast(
        buyers.new_buyers / (visits.customers - buyers.earlier_buyers + 100) as real
    ) as new_buyers
from buyers
inner join {{ ref('eligible_articles') }} as eligible on buyers.article_key = eligible.article_key
cross join visits
where buyers.new_buyers > 0
