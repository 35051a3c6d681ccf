{%- set groups = limited_groups() %}
{%- set customer_articles, eligible_articles = ref('customer_articles'), ref('eligible_articles') %}

-- Articles that could be added to a list shorter than `list_length`: none, since a list is short only where nothing
-- else may be shown to the customer.
with lengths as (

    select
        customer_key,
        count(*) as articles
    from {{ ref('target_week_lists') }}
    group by customer_key

),

short as (

    select
        customers.customer_key,
        customers.segment_key
    from {{ ref('scored_customers') }} as customers
    left join lengths on customers.customer_key = lengths.customer_key
    where coalesce(lengths.articles, 0) < {{ var('list_length') }}

),

shown_by_segment as (

    {{ shown_by_segment() | indent(4) }}

),

listed as (

    select
        lists.customer_key,
        lists.article_key
        {%- for group in groups %},
        eligible.{{ group }}_key
        {%- endfor %}
    from {{ ref('target_week_lists') }} as lists
    semi join short on lists.customer_key = short.customer_key
    inner join {{ eligible_articles }} as eligible on lists.article_key = eligible.article_key

),

may_be_added as (

    select
        short.customer_key,
        shown.*
    from short
    inner join shown_by_segment as shown on short.segment_key = shown.segment_key
    anti join listed
        on
            short.customer_key = listed.customer_key
            and shown.article_key = listed.article_key
    {%- if var('hide_bought_days') > 0 %}
    anti join {{ customer_articles }} as hidden
        on
            short.customer_key = hidden.customer_key
            and shown.article_key = hidden.article_key
            and shown.pinned_at is null
            and hidden.days_since_last <= {{ var('hide_bought_days') }}
    {%- endif %}

)
{%- for group in groups %},

{{ group }}_listed as (

    select
        customer_key,
        {{ group }}_key,
        count(*) as articles
    from listed
    group by customer_key, {{ group }}_key

)
{%- endfor %}

select
    may_be_added.customer_key,
    may_be_added.article_key
from may_be_added
{%- for group in groups %}
left join {{ group }}_listed
    on
        may_be_added.customer_key = {{ group }}_listed.customer_key
        and may_be_added.{{ group }}_cell = {{ group }}_listed.{{ group }}_key
{%- endfor %}
where
    true
    {%- for group in groups %}
    and coalesce({{ group }}_listed.articles < may_be_added.{{ group }}_limit, true)
    {%- endfor %}
