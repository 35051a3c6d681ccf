{{ config(materialized='customer_blocks') }}

-- in blocks of {{ ref('scored_customers') }}
with block as materialized (

    select *
    from {{ ref('candidates') }}
    where {{ in_customer_block('customer_key') }}

),

lists as (

    {{ ranking('block') | indent(4) }}

)

select *
from lists
