with eligible as (

    select
        blended.*,
        articles.article_order
    from {{ ref('blended') }} as blended
    inner join {{ ref('alive_articles') }} as articles on blended.article_key = articles.article_key
    {%- if var('hide_bought_days') > 0 %}
    anti join {{ ref('customer_articles') }} as bought
        on
            blended.customer_key = bought.customer_key
            and blended.article_key = bought.article_key
            and bought.days_since_last <= {{ var('hide_bought_days') }}
    {%- endif %}

)

select
    target_week,
    customer_key,
    article_key,
    cast(row_number() over (
        partition by customer_key
        order by score desc, article_order
    ) as integer) as rank,
    score,
    case
        greatest(
            {%- for contributor in contributors() %}
            {{ contributor.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {%- for contributor in contributors() %}
        when {{ contributor.name }} then '{{ contributor.label }}'
        {%- endfor %}
    end as main_signal,
    map {
        {%- for contributor in contributors() %}
        '{{ contributor.label }}': {{ contributor.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    } as contributions
from eligible
qualify rank <= {{ var('list_length') }}
