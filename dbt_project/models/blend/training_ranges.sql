{{ config(enabled=var('training', false)) }}

-- Of about a million of the rows, whatever the shop's size: quantiles of all of them need memory for every value.
with sampled_rows as (

    select *
    from {{ ref('training_rows') }}
    where
        (cast(customer_order as bigint) * 2654435761 + article_order)
        % greatest(1, (select count(*) from {{ ref('training_rows') }}) // 1000000) = 0

),

ranges as (

    {{ value_ranges('sampled_rows') | indent(4) }}

)

select *
from ranges
