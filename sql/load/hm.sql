-- H&M Personalized Fashion Recommendations (Kaggle): articles, customers, transactions_train, as CSV or Parquet.
-- optional: transactions_train (price, sales_channel_id)
-- optional: customers (age, club_member_status, fashion_news_frequency, active, postal_code)
-- optional: articles (product_code, prod_name, department_name, product_group_name, product_type_name, index_name)
-- optional: articles (colour_group_name, perceived_colour_value_name, perceived_colour_master_name, index_group_name)
-- optional: articles (section_name, garment_group_name, graphical_appearance_name, detail_desc)

-- The week that Kaggle asks for starts on Wednesday, 2020-09-23.
set variable week_starts_on = 'Wednesday';

-- Copies often turn ids into numbers, which lose the leading zero. Ids that are text stay as they are, unless they end
-- in `.0`: pandas turns a column of whole numbers with gaps into such numbers.
create temp macro padded(id, digits) as case
    when typeof(id) = 'FLOAT' then error('an id is of type FLOAT, which cannot tell ids apart: export it as text')
    when typeof(id) = 'VARCHAR' and not ends_with(id::varchar, '.0') then id::varchar
    -- texts that begin with a digit are below ':', texts that begin with a letter above
    when id::varchar < ':'
        then lpad(
            split_part(id::varchar, '.', 1), greatest(digits, length(split_part(id::varchar, '.', 1)))::integer, '0'
        )
    else id::varchar
end;

create table raw.transactions as
select
    t_dat as transaction_date,
    customer_id,
    padded(article_id, 10) as article_id,
    1::bigint as quantity, -- a line is a piece; two pieces are two lines
    price,
    sales_channel_id as channel
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
    customer_id,
    age, -- some copies write 24.0
    club_member_status as membership,
    fashion_news_frequency as newsletter,
    case when try_cast(active as double) = 1 then 'yes' end as active, -- 1 or missing
    postal_code as region
from source.customers;
