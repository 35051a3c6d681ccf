{#-
    The segments by which everything is evaluated: the one place where they are defined. Add one by adding a line:
    `name` and an expression for the value, over the columns of staging.customers and of `shopping_before`
    (days_since_last: null without an earlier purchase; shopping_days: in the twelve weeks before the target week). The segment
    is then called `name: value`.
-#}
{% macro evaluation_segments() -%}
    {{ return([
        {
            'name': 'recency',
            'value': "case
                when days_since_last is null then 'never bought'
                when days_since_last <= 7 then '1-7 days'
                when days_since_last <= 30 then '8-30 days'
                when days_since_last <= 90 then '31-90 days'
                else 'over 90 days'
            end"
        },
        {
            'name': 'activity',
            'value': "case
                when shopping_days = 0 then '0 shopping days'
                when shopping_days = 1 then '1 shopping day'
                when shopping_days <= 3 then '2-3 shopping days'
                when shopping_days <= 11 then '4-11 shopping days'
                else '12 or more shopping days'
            end"
        },
        {'name': 'age', 'value': "coalesce(age_band, 'unknown')"},
    ]) }}
{%- endmacro %}

{#- A customer's purchases before the target week, as the segments use them: one row per customer. -#}
{% macro shopping_before() -%}
with lately as (

    select
        customer_key,
        count(distinct transaction_date) as shopping_days
    from {{ ref('transactions') }}
    where {{ before_target_week('transaction_date') }} and {{ days_before_target_week('transaction_date') }} <= 84
    group by customer_key

),

ever as (

    select
        customer_key,
        min(days_since_last) as days_since_last
    from {{ ref('customer_articles') }}
    group by customer_key

)

select
    ever.customer_key,
    ever.days_since_last,
    lately.shopping_days
from ever
left join lately on ever.customer_key = lately.customer_key
{%- endmacro %}
