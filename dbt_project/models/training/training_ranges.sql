{{ config(enabled=var('training', false)) }}

-- Quantiles of all rows would need memory for every value, so about a million rows are sampled, in shops of any size.
-- They are sampled by ids, so that customers who come later change nothing.
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
