-- of the attributes that a used signal asks for
{%- set known = ['department', 'category', 'product_type', 'colour', 'brand', 'price_level'] %}
{%- set keys = used_signals() | map(attribute='keys') | sum(start=[]) %}
{%- set attributes = [] %}
{%- for attribute in known if attribute ~ '_key' in keys %}
{%- do attributes.append(attribute) %}
{%- endfor %}
with purchases as (

    select
        customer_articles.customer_key,
        customer_articles.purchases_decayed,
        {%- for attribute in attributes %}
        {{ 'price_levels' if attribute == 'price_level' else 'articles' }}.{{ attribute }}_key{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_articles') }} as customer_articles
    inner join {{ ref('articles') }} as articles on customer_articles.article_key = articles.article_key
    left join {{ ref('price_levels') }} as price_levels on customer_articles.article_key = price_levels.article_key

),

customer_totals as (

    select
        customer_key,
        {{ fixed_sum('purchases_decayed') }} as purchases_decayed
    from purchases
    group by customer_key

),

by_value as (

    {% for attribute in attributes %}
    select
        customer_key,
        '{{ attribute }}' as attribute,
        {{ attribute }}_key as value_key,
        {{ fixed_sum('purchases_decayed') }} as purchases_decayed
    from purchases
    where {{ attribute }}_key is not null
    group by customer_key, {{ attribute }}_key
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

everybody as (

    select
        attribute,
        value_key,
        {{ fixed_sum('purchases_decayed') }} as purchases_decayed,
        {{ fixed_sum('purchases_decayed') }}
        / (select {{ fixed_sum('purchases_decayed') }} from customer_totals) as share
    from by_value
    group by attribute, value_key

)

select
    by_value.customer_key,
    by_value.attribute,
    by_value.value_key,
    by_value.purchases_decayed,
    by_value.purchases_decayed / customer_totals.purchases_decayed as share,
    -- one purchase of everybody's taste keeps a customer with few purchases near 1
    (by_value.purchases_decayed + everybody.share) / (customer_totals.purchases_decayed + 1) / everybody.share
        as affinity
from by_value
inner join customer_totals on by_value.customer_key = customer_totals.customer_key
inner join everybody on by_value.attribute = everybody.attribute and by_value.value_key = everybody.value_key
where customer_totals.purchases_decayed > 0 and everybody.share > 0
