with contributions as (

    select
        bucketed.target_week,
        bucketed.customer_key,
        bucketed.article_key,
        {%- for signal in signals() %}
        lookup.{{ signal.name }}_points[bucketed.{{ signal.name }} + 1]
            as {{ signal.name }}{{ ',' if not loop.last or blend_pairs() }}
        {%- endfor %}
        {%- for pair in blend_pairs() %}
        lookup.{{ pair.name }}_points[
            bucketed.{{ pair.signal }} * {{ var('buckets') + 1 }} + bucketed.{{ pair.other }} + 1
        ] as {{ pair.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('bucketed') }} as bucketed
    cross join {{ ref('blend_lookup') }} as lookup

)

select
    *,
    {% for contributor in contributors() %}
    {{ contributor.name }}{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
