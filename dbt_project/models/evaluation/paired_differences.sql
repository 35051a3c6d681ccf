{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

with strata as (

    select distinct
        stratum_key,
        unnest(segments) as segment
    from {{ ref('evaluated_customers') }}

),

segments as (

    select
        strata.segment,
        count(*) as customers
    from {{ ref('evaluated_customers') }} as customers
    inner join strata on customers.stratum_key = strata.stratum_key
    group by strata.segment

),

others as (

    select unnest([
        {%- for system in evaluated_systems() %}
        '{{ system.name }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ]) as other_system

),

-- the blend's figures once for each other system, the other's with a minus: their sum is the customer's difference
both_sides as (

    select
        others.other_system,
        accuracy.customer_key,
        accuracy.stratum_key,
        {%- for column in accuracy_columns() %}
        accuracy.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_accuracy') }} as accuracy
    cross join others
    where accuracy.system = 'blend'

    union all

    select
        system as other_system,
        customer_key,
        stratum_key,
        {%- for column in accuracy_columns() %}
        -{{ column }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_accuracy') }}

),

customer_differences as (

    select
        other_system,
        stratum_key,
        {%- for column in accuracy_columns() %}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from both_sides
    where other_system != 'blend'
    group by other_system, customer_key, stratum_key

),

differences as (

    select
        customer_differences.other_system,
        strata.segment,
        {%- for column in accuracy_columns() %}
        {{ fine_sum('customer_differences.' ~ column) }} as {{ column }},
        {{ fine_sum('customer_differences.' ~ column ~ ' * customer_differences.' ~ column) }}
            as {{ column }}_squared{{ ',' if not loop.last }}
        {%- endfor %}
    from customer_differences
    inner join strata on customer_differences.stratum_key = strata.stratum_key
    group by customer_differences.other_system, strata.segment

),

intervals as (

    select
        other.system as other_system,
        other.segment,
        {%- for column in accuracy_columns() %}
        {{ interval_of('blend.' ~ column ~ ' - other.' ~ column) }}
            as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('replicates') }} as other
    inner join {{ ref('replicates') }} as blend
        on
            other.segment = blend.segment
            and other.replicate = blend.replicate
    where
        blend.system = 'blend'
        and other.system != 'blend'
    group by other.system, other.segment

),

difference_rows as (

    select
        others.other_system,
        segments.segment,
        segments.customers,
        unnest([
            {%- for metric in accuracy_metrics() %}
            {
                'metric': '{{ metric.name }}',
                'k': {{ metric.k }},
                'difference': coalesce(differences.{{ metric.column }}, 0) / segments.customers,
                'mean_square': coalesce(differences.{{ metric.column }}_squared, 0) / segments.customers,
                'interval': intervals.{{ metric.column }}
            }{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as figure
    from others
    cross join segments
    left join differences
        on
            others.other_system = differences.other_system
            and segments.segment = differences.segment
    left join intervals
        on
            others.other_system = intervals.other_system
            and segments.segment = intervals.segment
    where others.other_system != 'blend'

),

spread as (

    select
        difference_rows.other_system,
        difference_rows.segment,
        difference_rows.customers,
        figure.metric,
        figure.k,
        figure.difference,
        figure.interval[1] as ci_low,
        figure.interval[2] as ci_high,
        -- of n - 1; the difference of two nearly equal figures may fall below 0 by rounding
        sqrt(greatest(
            (figure.mean_square - figure.difference * figure.difference) * difference_rows.customers
            / nullif(difference_rows.customers - 1, 0),
            0
        )) as standard_deviation
    from difference_rows

)

select
    {{ target_week() }} as target_week,
    'blend' as system,
    other_system,
    segment,
    metric,
    cast(k as integer) as k,
    cast(difference as double) as difference,
    ci_low,
    ci_high,
    case when standard_deviation > 0.000001 then difference / standard_deviation end as effect_size,
    customers
from spread
