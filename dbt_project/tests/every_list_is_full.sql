{%- set shelf, alive_articles, history = ref('shelf'), ref('alive_articles'), ref('customer_articles') %}
-- Every customer has as many articles as a list holds, or as many as may be shown; of the first `customers_per_block`.
with lists as (

    select
        customer_key,
        count(*) as articles
    from {{ ref('ranked') }}
    where {{ in_first_block('customer_key') }}
    group by customer_key

),

{%- if var('hide_bought_days') > 0 %}

hidden as (

    select
        customer_key,
        count(*) as articles
    from {{ history }}
    where
        {{ in_first_block('customer_key') }}
        and days_since_last <= {{ var('hide_bought_days') }}
    group by customer_key

),
{%- endif %}

segments as (

    select distinct segment_key
    from {{ ref('scored_customers') }}

),

may_be_shown as (

    {% if rules_act() -%}
    select
        segment_key,
        count(*) filter (where fills_lists) as articles
    from {{ shelf }}
    group by segment_key
    {%- else -%}
    select
        segments.segment_key,
        count(*) as articles
    from {{ alive_articles }}
    cross join segments
    group by segments.segment_key
    {%- endif %}

)

select
    customers.customer_key,
    lists.articles
from {{ ref('scored_customers') }} as customers
inner join may_be_shown on customers.segment_key = may_be_shown.segment_key
left join lists on customers.customer_key = lists.customer_key
{%- if var('hide_bought_days') > 0 %}
left join hidden on customers.customer_key = hidden.customer_key
{%- endif %}
where
    {{ in_first_block('customers.customer_key') }}
    and coalesce(lists.articles, 0)
    < least({{ var('list_length') }}, may_be_shown.articles)
    {{- ' - coalesce(hidden.articles, 0)' if var('hide_bought_days') > 0 }}
