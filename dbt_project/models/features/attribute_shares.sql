with article_totals as (

    select
        article_key,
        {{ fixed_sum('purchases_decayed') }} as purchases_decayed
    from {{ ref('customer_articles') }}
    group by article_key

),

by_value as (

    {% for attribute, articles in attributes().items() %}
    select
        '{{ attribute }}' as attribute,
        articles.{{ attribute }}_key as value_key,
        max(articles.{{ attribute }}) as value,
        {{ fixed_sum('article_totals.purchases_decayed') }} as purchases_decayed
    from article_totals
    inner join {{ articles }} as articles on article_totals.article_key = articles.article_key
    where articles.{{ attribute }}_key is not null
    group by articles.{{ attribute }}_key
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    attribute,
    value_key,
    value,
    purchases_decayed / (select {{ fixed_sum('purchases_decayed') }} from article_totals) as share
from by_value
where purchases_decayed > 0
