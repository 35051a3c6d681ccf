{#- Deterministic hash of an id, used to sample customers: it does not change when other customers come or go. -#}
{% macro number_of_id(id) -%}
    cast({{ md5_half(id, 'lower') }} % 4294967296 as bigint)
{%- endmacro %}

{#- A sample of at most this many customers: expands to `order by` the hash of the id and `limit`. -#}
{% macro drawn(customers) -%}
    order by {{ number_of_id('customer_id') }}, customer_id
    limit {{ customers }}
{%- endmacro %}

{#- A sample of at most 5,000 customers with a purchase before the target week. -#}
{% macro fixed_sample() -%}
    select customer_key
    from {{ ref('customers') }}
    where customer_key in (select customer_articles.customer_key from {{ ref('customer_articles') }} as customer_articles)
    {{ drawn(5000) }}
{%- endmacro %}

{#-
    Customers with a purchase in the target week: backtests and trainings score these. A training samples `training_customers` of them,
    independent of the articles that they bought.
-#}
{% macro buyers_of_target_week() -%}
    select customer_key
    from {{ ref('customers') }}
    where customer_key in (select customer_key from {{ ref('transactions') }} where {{ in_target_week('transaction_date') }})
    {%- if var('training') %}
    {{ drawn(var('training_customers')) }}
    {%- endif %}
{%- endmacro %}

{#-
    Condition that limits an expensive test to 5,000 customers with successive keys, other ones for each target week; true for all
    customers where there are fewer than 10,000. DuckDB pushes a range into every table that a view joins, so other customers are not read.
-#}
{% macro in_sample(customer_key) -%}
    {%- set customers, week = ref('customers'), ref('target_week') -%}
    {%- if not execute or not adapter.get_relation(target.database, customers.schema, customers.identifier) -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set sample = run_query("
        with numbered as (

            select
                customer_key,
                row_number() over (order by customer_key) - 1 as place,
                count(*) over () as customers
            from " ~ customers ~ "

        )

        select
            min(customer_key) as first_key,
            max(customer_key) as last_key
        from numbered
        where
            customers < 10000
            or place - " ~ number_of_id(target_week() ~ '::varchar') ~ " % (customers - 4999) between 0 and 4999
    ").rows[0] -%}
    {{ customer_key }} between {{ sample['first_key'] or 0 }} and {{ sample['last_key'] or 0 }}
{%- endmacro %}
