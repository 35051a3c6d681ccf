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

{#- The segment in which popularity is also counted: an expression over staging.customers. -#}
{% macro customer_segment() -%}
    coalesce(age_band, 'unknown')
{%- endmacro %}

{#- A draw of at most 5000 customers that is the same for every week. -#}
{% macro in_fixed_sample(customer_order) -%}
    {{ customer_order }} % greatest(1, (select (count(*) + 4999) // 5000 from {{ ref('customers') }})) = 0
{%- endmacro %}

{#-
    Who bought in the target week: whom backtests and trainings score. A training draws `training_customers` of them, by ids that
    are as good as shuffled once they are multiplied by a large odd number, whatever was bought.
-#}
{% macro buyers_of_target_week() -%}
    select customer_key
    from {{ ref('customers') }}
    where customer_key in (select customer_key from {{ ref('transactions') }} where {{ in_target_week('t_dat') }})
    {%- if var('training') %}
    qualify row_number() over (order by (customer_order * 2654435761) % 4294967296) <= {{ var('training_customers') }}
    {%- endif %}
{%- endmacro %}
