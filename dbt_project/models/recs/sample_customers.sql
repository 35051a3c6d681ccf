with shopping_before as (

    select
        customer_key,
        min(days_ago) as days_since_last,
        count(*) filter (where days_ago <= 84) as shopping_days
    from {{ ref('shopping_days') }}
    group by customer_key

),

described as (

    select
        customers.* exclude (segment),
        shopping_before.days_since_last,
        coalesce(shopping_before.shopping_days, 0) as shopping_days
    from {{ ref('customers') }} as customers
    left join shopping_before on customers.customer_key = shopping_before.customer_key

),

segmented as (

    select
        customer_id,
        unnest([
            {%- for segment in evaluation_segments() %}
            '{{ segment.name }}: ' || {{ segment.value }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as segment
    from described

),

drawn as (

    select distinct customer_id
    from segmented
    -- the hash of the id chooses, so that the same customers are shown week after week
    qualify row_number() over (partition by segment order by md5(customer_id), customer_id)
        <= {{ var('report_customers') }}

)

select
    {{ target_week() }} as target_week,
    segmented.customer_id,
    segmented.segment
from segmented
semi join drawn on segmented.customer_id = drawn.customer_id
