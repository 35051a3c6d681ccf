-- Poisson bootstrap over customers: metric = sum(weight * metric of the customer) / sum(weight), once per replicate.
-- Values are rounded to 2^-30, whose sums are exact in a double for up to eight million customers,
-- so any order gives the same.
with strata as (

    select distinct
        stratum_key,
        unnest(segments) as segment
    from {{ ref('evaluated_customers') }}

),

numbers as (

    select unnest(range(1, {{ var('bootstrap_replicates') }} + 1)) as replicate

),

drawn_customers as (

    select
        stratum_key,
        replicate,
        sum({{ poisson_weight(bootstrap_uniform()) }}) as weight
    from {{ ref('evaluated_customers') }}
    cross join numbers
    group by stratum_key, replicate

),

accuracy as (

    select
        accuracy.system,
        accuracy.stratum_key,
        {%- for column in accuracy_columns() %}
        round(accuracy.{{ column }} * 1073741824) as {{ column }},
        {%- endfor %}
        customers.bootstrap_first,
        customers.bootstrap_second
    from {{ ref('customer_accuracy') }} as accuracy
    inner join {{ ref('evaluated_customers') }} as customers on accuracy.customer_key = customers.customer_key
    -- rows of one group together: their sums then stay in the processor's cache
    order by accuracy.system, accuracy.stratum_key

),

repeated as (

    select
        *,
        unnest(range(1, {{ var('bootstrap_replicates') }} + 1)) as replicate
    from accuracy

),

uniform as (

    select
        *,
        {{ bootstrap_uniform() }} as uniform
    from repeated

),

weighted as (

    select
        *,
        {{ poisson_weight('uniform') }} as weight
    from uniform

),

sums_by_stratum as (

    select
        system,
        stratum_key,
        replicate,
        {%- for column in accuracy_columns() %}
        sum(weight * {{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
    where weight > 0
    group by system, stratum_key, replicate

),

sums as (

    select
        sums_by_stratum.system,
        strata.segment,
        sums_by_stratum.replicate,
        {%- for column in accuracy_columns() %}
        sum(sums_by_stratum.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sums_by_stratum
    inner join strata on sums_by_stratum.stratum_key = strata.stratum_key
    group by sums_by_stratum.system, strata.segment, sums_by_stratum.replicate

),

drawn as (

    select
        strata.segment,
        drawn_customers.replicate,
        sum(drawn_customers.weight) as weight
    from drawn_customers
    inner join strata on drawn_customers.stratum_key = strata.stratum_key
    group by strata.segment, drawn_customers.replicate

),

systems as (

    select unnest([
        {%- for system in evaluated_systems() %}
        '{{ system.name }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ]) as system

)

select
    systems.system,
    drawn.segment,
    cast(drawn.replicate as integer) as replicate,
    {%- for column in accuracy_columns() %}
    coalesce(sums.{{ column }}, 0) / 1073741824 / drawn.weight as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from systems
cross join drawn
left join sums
    on
        systems.system = sums.system
        and drawn.segment = sums.segment
        and drawn.replicate = sums.replicate
-- a small segment may not be drawn at all
where drawn.weight > 0
