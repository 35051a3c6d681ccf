{{ config(enabled=var('training', false)) }}

-- the same buckets as `bucketed`, over the ranges that this training has found
with ranges as (

    select
        {%- for signal in signals() %}
        min(lower) filter (where signal = '{{ signal.name }}') as {{ signal.name }}_lower,
        min(upper) filter (where signal = '{{ signal.name }}') as {{ signal.name }}_upper,
        {{ var('buckets') }} / nullif(ln(
            min(upper) filter (where signal = '{{ signal.name }}')
            / min(lower) filter (where signal = '{{ signal.name }}')
        ), 0) as {{ signal.name }}_buckets_per_ln{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('training_ranges') }}

)

select
    training_rows.target_week,
    training_rows.customer_key,
    training_rows.article_key,
    training_rows.article_order,
    training_rows.is_bought,
    training_rows.articles_bought,
    training_rows.current_score,
    training_rows.current_rank,
    {%- for signal in signals() %}
    cast({{ bucket_of(signal.name) }} as utinyint) as {{ signal.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('training_rows') }} as training_rows
cross join ranges
