{#- Age bands where a data set knows ages in years. -#}
{% macro age_band(age) -%}
    case
        when {{ age }} is null then null
        when {{ age }} < 20 then 'under 20'
        when {{ age }} < 25 then '20-24'
        when {{ age }} < 30 then '25-29'
        when {{ age }} < 35 then '30-34'
        when {{ age }} < 45 then '35-44'
        when {{ age }} < 55 then '45-54'
        when {{ age }} < 65 then '55-64'
        else '65+'
    end
{%- endmacro %}

{#- The segment in which popularity is also counted: an expression over staging.customers; `unknown` where it is null. -#}
{% macro customer_segment() -%}
    age_band
{%- endmacro %}

{#- What stands in for chance where some are drawn: the same for an id, whoever else comes or goes. -#}
{% macro number_of_id(id) -%}
    cast(md5_number_lower({{ id }}) % 4294967296 as bigint)
{%- endmacro %}

{#- So many of the customers at most. -#}
{% macro drawn(customers) -%}
    order by {{ number_of_id('customer_id') }}, customer_id
    limit {{ customers }}
{%- endmacro %}

{#- A draw of those who had bought something before the target week. -#}
{% macro fixed_sample() -%}
    select customer_key
    from {{ ref('customers') }}
    where customer_key in (select history.customer_key from {{ ref('customer_articles') }} as history)
    {{ drawn(5000) }}
{%- endmacro %}

{#-
    Who bought in the target week: whom backtests and trainings score. A training draws `training_customers` of them, whatever they
    bought.
-#}
{% macro buyers_of_target_week() -%}
    select customer_key
    from {{ ref('customers') }}
    where customer_key in (select customer_key from {{ ref('transactions') }} where {{ in_target_week('t_dat') }})
    {%- if var('training') %}
    {{ drawn(var('training_customers')) }}
    {%- endif %}
{%- endmacro %}

{#-
    True for 5,000 customers with successive keys, others for each target week, or for all where there are fewer than 10,000: for tests for which
    all rows are too many. Two ends of a range reach every table that a view joins, so that other customers are not read.
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
