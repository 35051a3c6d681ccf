with buyers as (

    select
        ground_truth.customer_key,
        cast(count(*) as integer) as articles,
        cast(count(history.article_key) as integer) as articles_bought_before
    from {{ ref('ground_truth') }} as ground_truth
    left join {{ ref('customer_articles') }} as history
        on
            ground_truth.customer_key = history.customer_key
            and ground_truth.article_key = history.article_key
    group by ground_truth.customer_key

),

shopping_before as (

    {{ shopping_before() | indent(4) }}

),

described as (

    select
        customers.*,
        buyers.articles,
        buyers.articles_bought_before,
        shopping_before.days_since_last,
        coalesce(shopping_before.shopping_days, 0) as shopping_days
    from buyers
    inner join {{ ref('customers') }} as customers on buyers.customer_key = customers.customer_key
    left join shopping_before on buyers.customer_key = shopping_before.customer_key

),

segmented as (

    select
        customer_key,
        customer_order,
        articles,
        articles_bought_before,
        days_since_last is null as is_cold,
        [
            'all',
            {%- for segment in evaluation_segments() %}
            '{{ segment.name }}: ' || {{ segment.value }}{{ ',' if not loop.last }}
            {%- endfor %}
        ] as segments,
        {{ bootstrap_number('customer_id', 'lower') }} as bootstrap_first,
        {{ bootstrap_number('customer_id', 'upper') }} as bootstrap_second
    from described

)

select
    customer_key,
    customer_order,
    articles,
    articles_bought_before,
    is_cold,
    segments,
    cast(dense_rank() over (order by segments) as integer) as stratum_key,
    bootstrap_first,
    bootstrap_second
from segmented
