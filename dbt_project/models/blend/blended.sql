with contributions as (

    select
        bucketed.target_week,
        bucketed.customer_key,
        bucketed.article_key,
        {%- for signal in signals() %}
        lookup.{{ signal.name }}_points[bucketed.{{ signal.name }} + 1] as {{ signal.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('bucketed') }} as bucketed
    cross join {{ ref('blend_lookup') }} as lookup

)

select
    *,
    {% for signal in signals() %}
    {{ signal.name }}{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
