{{ config(materialized='table') }}

-- a table, since their purchases are looked up by it
with shopping_before as (

    {{ shopping_before() | indent(4) }}

),

described as (

    select
        customers.* exclude (segment),
        -- the hash of the id chooses, so that the same customers are shown week after week
        md5(customers.customer_id) as place_in_draw,
        shopping_before.days_since_last,
        coalesce(shopping_before.shopping_days, 0) as shopping_days
    from {{ ref('customers') }} as customers
    left join shopping_before on customers.customer_key = shopping_before.customer_key

),

segmented as (

    select
        customer_id,
        place_in_draw,
        unnest([
            {%- for segment in evaluation_segments() %}
            '{{ segment.name }}: ' || {{ segment.value }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as segment
    from described

),

drawn as (

    select unnest(
        arg_min(customer_id, place_in_draw, {{ [var('report_customers'), 1] | max }})[:{{ var('report_customers') }}]
    ) as customer_id
    from segmented
    group by segment

)

select
    {{ target_week() }} as target_week,
    history.known_until,
    segmented.customer_id,
    segmented.segment
from segmented
cross join {{ ref('target_week') }} as history
semi join drawn on segmented.customer_id = drawn.customer_id
