{# where all customers are scored their candidates are not kept -#}
{{ config(
    materialized='in_customer_blocks' if var('customers') == 'all' else 'view',
    customers='evaluated_customers',
) }}

{% if var('customers') == 'all' -%}
with buyers as (

    select customers.*
    from {{ ref('scored_customers') }} as customers
    semi join {{ ref('evaluated_customers') }} as evaluated on customers.customer_key = evaluated.customer_key

),

found as (

    {{ candidates_of('buyers') | indent(4) }}

)

select found.*
from found
{{ without_hidden('found') }}
-- here, where it also reaches the tables that the candidates are joined with
where {{ in_customer_block('found.customer_key') }}
{%- else -%}
select candidates.*
from {{ ref('candidates') }} as candidates
semi join {{ ref('evaluated_customers') }} as evaluated on candidates.customer_key = evaluated.customer_key
{{ without_hidden('candidates') }}
{%- endif %}
