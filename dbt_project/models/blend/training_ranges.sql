{{ config(enabled=var('training', false)) }}

with signal_values as (

    {% for signal in signals() %}
    select
        '{{ signal.name }}' as signal,
        {{ signal.name }} as signal_value
    from {{ ref('training_rows') }}
    where {{ signal.name }} > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    signal,
    cast(quantile_disc(signal_value, 0.01) as double) as lower,
    cast(quantile_disc(signal_value, 0.999) as double) as upper
from signal_values
group by signal
