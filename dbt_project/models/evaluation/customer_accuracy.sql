-- Only customers with a hit: all others are 0 in every metric, and counting them is enough.
with places as (

    select unnest(range(1, {{ evaluated_ranks() | max }} + 1)) as place

),

gains_by_place as (

    select
        place,
        sum(1 / log2(place + 1)) over (order by place rows unbounded preceding) as gains
    from places

),

ideal as (

    select {{ list_in_order('gains', 'place') }} as ideal_gains
    from gains_by_place

),

hits as (

    select
        system,
        customer_key,
        rank,
        row_number() over (partition by system, customer_key order by rank) as hit_number
    from {{ ref('system_lists') }}
    where is_hit

),

counted as (

    select
        system,
        customer_key,
        min(rank) as first_hit,
        {%- for k in evaluated_ranks() %}
        count(*) filter (where rank <= {{ k }}) as hits_{{ k }},
        {{ fine_sum('case when rank <= ' ~ k ~ ' then hit_number / rank else 0 end') }} as precisions_{{ k }},
        {{ fine_sum('case when rank <= ' ~ k ~ ' then 1 / log2(rank + 1) else 0 end') }}
            as gains_{{ k }}{{ ',' if not loop.last }}
        {%- endfor %}
    from hits
    group by system, customer_key

)

select
    counted.system,
    counted.customer_key,
    customers.stratum_key,
    {%- for metric in accuracy_metrics() if metric.own_column %}
    cast({{ metric.formula }} as double) as {{ metric.column }}{{ ',' if not loop.last }}
    {%- endfor %}
from counted
inner join {{ ref('evaluated_customers') }} as customers on counted.customer_key = customers.customer_key
cross join ideal
