{{ config(enabled=var('training', false)) }}

-- the same buckets as `bucketed`, over the ranges that this training has found
with ranges as (

    select
        {%- for signal in signals() %}
        {{ range_columns(signal.name) | indent(8) }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('training_ranges') }}

)

select
    training_rows.target_week,
    training_rows.customer_key,
    training_rows.article_key,
    training_rows.customer_order,
    training_rows.article_order,
    training_rows.is_bought,
    training_rows.articles_bought,
    training_rows.current_score,
    training_rows.current_rank,
    {%- for signal in signals() %}
    cast({{ bucket_of(signal.name) }} as utinyint) as {{ signal.name }}_bucket{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('training_rows') }} as training_rows
cross join ranges
