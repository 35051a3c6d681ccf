select
    customer_key,
    count(*) as visits,
    min(days_ago) as days_since_visit,
    max(days_ago) as days_known,
    (max(days_ago) - min(days_ago)) / nullif(count(*) - 1, 0) as days_between_visits,
    sum(articles) / count(*) as articles_per_visit,
    {%- for length, half_life in var('half_lives').items() %}
    {{ decayed_count('days_ago', half_life) }} as visits_decayed_{{ length }},
    {{ fixed_sum('articles * ' ~ half_life_decay('days_ago', half_life)) }}
        as purchases_decayed_{{ length }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('shopping_days') }}
group by customer_key
