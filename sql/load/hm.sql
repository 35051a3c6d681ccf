-- H&M Personalized Fashion Recommendations (Kaggle): articles, customers, transactions_train, as CSV or Parquet.

-- The week that Kaggle asks for starts on Wednesday, 2020-09-23.
set variable week_starts_on = 'Wednesday';

-- Parquet conversions often made numbers of ids and lost the leading zero. Ids that are text stay as they are.
create temp macro padded(id, digits) as if(
    typeof(id) = 'VARCHAR',
    id::varchar,
    lpad(id::varchar, greatest(digits, length(id::varchar))::integer, '0')
);

create table raw.transactions as
select
    t_dat::date as t_dat,
    customer_id::varchar as customer_id,
    padded(article_id, 10) as article_id,
    1::bigint as quantity, -- a line is a piece; two pieces are two lines
    price::double as price,
    sales_channel_id::varchar as channel
from source.transactions_train;

create table raw.articles as
select
    padded(article_id, 10) as article_id,
    padded(product_code, 7) as product_code, -- the colours of one design
    prod_name as name,
    department_name as department,
    product_group_name as category,
    product_type_name as product_type,
    colour_group_name as colour,
    index_name as brand, -- the line it is sold under: Ladieswear, Divided, ...
    concat_ws(
        ' ', prod_name, product_type_name, product_group_name, graphical_appearance_name, colour_group_name,
        perceived_colour_value_name, perceived_colour_master_name, department_name, index_name, index_group_name,
        section_name, garment_group_name, detail_desc
    ) as text
from source.articles;

create table raw.customers as
select
    customer_id::varchar as customer_id,
    age::double::bigint as age, -- some copies write 24.0
    club_member_status as membership,
    fashion_news_frequency as newsletter,
    case when active::double = 1 then 'yes' end as active, -- 1 or missing
    postal_code as region
from source.customers;
