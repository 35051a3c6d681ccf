-- in blocks of {{ ref('scored_customers') }}
with block as (

    {{ block_of_candidates(in_customer_block('customer_key')) | indent(4) }}

),

lists as (

    {{ ranking('block', ref('blend_lookup')) | indent(4) }}

)

select *
from lists
