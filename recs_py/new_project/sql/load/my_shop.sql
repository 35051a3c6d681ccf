-- The loader of this shop: it maps the columns of your files to the raw tables. `source.order_lines` is the file
-- order_lines.csv, order_lines.csv.gz or order_lines.parquet of the folder that `recs load my-shop --from` names.
--
-- Change the names of files and columns to yours, and remove what your files lack: a transaction needs its date,
-- customer and article; articles and customers may be left out whole.

set variable week_starts_on = 'Monday';

create table raw.transactions as
select
    order_date as transaction_date,
    customer_id,
    product_id as article_id,
    quantity,
    unit_price as price
from source.order_lines;

create table raw.articles as
select
    product_id as article_id,
    title as name,
    product_type,
    department,
    brand
from source.products;

create table raw.customers as
select
    customer_id,
    age
from source.customers;
