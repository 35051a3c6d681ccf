{{ config(materialized='customer_blocks') }}

-- in blocks of {{ ref('scored_customers') }}
with block as materialized (

    select
        target_week,
        customer_key,
        {%- for signal in signals() if signal.is_used %}
        {{ signal.name }},
        {%- endfor %}
        article_key
    from {{ ref('bucketed') }}
    where {{ in_customer_block('customer_key') }}

),

lists as (

    {{ ranking('block') | indent(4) }}

)

select *
from lists
