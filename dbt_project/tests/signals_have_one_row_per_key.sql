-- Signal models with several rows of one key, which a join would all take, or with a row without its key, which a join
-- never finds. The error names the model. Models of customers are tested on a sample; the candidates check all
-- rows of the candidate sources.
with faults as (

    {% for model in signal_models() %}
    select
        '{{ model.name }}' as model,
        count(*) as rows_of_key
    from {{ ref(model.name) }}
    {%- if 'customer_key' in model['keys'] %}
    where {{ in_sample('customer_key') }}
    {%- endif %}
    group by {{ model['keys'] | join(', ') }}
    having
        count(*) > 1
        {%- for key in model['keys'] %}
        or {{ key }} is null
        {%- endfor %}
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    model,
    max(rows_of_key) as rows_of_key
from faults
group by model
having
    error(
        'The model signals/' || model || ' has several rows with one key, or a row without its key: a signal needs '
        || 'one row for each of its keys, so group by them in its model.'
    )
