with purchases as (

    select
        history.customer_key,
        history.article_key,
        history.purchases_decayed
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key

),

customer_totals as (

    select
        customer_key,
        {{ fixed_sum('purchases_decayed') }} as purchases_decayed
    from purchases
    group by customer_key

),

by_value as (

    {% for attribute, articles in attributes().items() %}
    select
        purchases.customer_key,
        '{{ attribute }}' as attribute,
        articles.{{ attribute }}_key as value_key,
        {{ fixed_sum('purchases.purchases_decayed') }} as purchases_decayed
    from purchases
    inner join {{ articles }} as articles on purchases.article_key = articles.article_key
    group by purchases.customer_key, articles.{{ attribute }}_key
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    by_value.customer_key,
    by_value.attribute,
    by_value.value_key,
    everybody.value,
    by_value.purchases_decayed,
    by_value.purchases_decayed / customer_totals.purchases_decayed as share,
    -- one purchase with the shop's average shares is added: the affinity of a customer with few purchases stays near 1
    (by_value.purchases_decayed + everybody.share) / (customer_totals.purchases_decayed + 1) / everybody.share
        as affinity
from by_value
inner join customer_totals on by_value.customer_key = customer_totals.customer_key
inner join {{ ref('attribute_shares') }} as everybody
    on by_value.attribute = everybody.attribute and by_value.value_key = everybody.value_key
where customer_totals.purchases_decayed > 0
