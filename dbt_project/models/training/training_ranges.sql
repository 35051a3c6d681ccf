{{ config(enabled=var('training', false)) }}

-- Of about a million of the rows, whatever the shop's size: quantiles of all of them need memory for every value. They are drawn by
-- ids, so that who comes later changes nothing.
with customers as (

    select
        customer_key,
        {{ number_of_id('customer_id') }} as number
    from {{ ref('customers') }}

),

articles as (

    select
        article_key,
        {{ number_of_id('article_id') }} as number
    from {{ ref('articles') }}

),

sampled_rows as (

    select training_rows.*
    from {{ ref('training_rows') }} as training_rows
    inner join customers on training_rows.customer_key = customers.customer_key
    inner join articles on training_rows.article_key = articles.article_key
    where
        (customers.number + articles.number)
        % greatest(1, (select count(*) from {{ ref('training_rows') }}) // 1000000) = 0

),

ranges as (

    {{ value_ranges('sampled_rows') | indent(4) }}

)

select *
from ranges
