-- Where a signal's values lie among the candidates: its 1 % and 99.9 % quantiles, of a fixed sample of all customers,
-- so that they are the same whomever is scored.
with sampled_customers as (

    select *
    from {{ ref('scored_customers') }}
    where {{ in_fixed_sample('customer_order') }}

),

sampled_candidates as (

    {{ candidates_of('sampled_customers') | indent(4) }}

),

signal_values as (

    {% for signal in signals() if signal.is_used %}
    select
        '{{ signal.name }}' as signal,
        {{ signal.name }} as signal_value
    from sampled_candidates
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
