{#- lists begin with '', since SQL has no empty one; of an interaction either of its two signals may give the reason #}
{%- set own_reasons, other_reasons = [''], [('', '')] %}
{%- for term in terms() %}
    {%- for signal in signals() if signal.name in term.signals %}
        {%- if signal.neighbours %}
            {%- do other_reasons.append((term.label, signal.name)) %}
        {%- elif 'customer_key' in signal['keys'] %}
            {%- do own_reasons.append(term.label) %}
        {%- endif %}
    {%- endfor %}
{%- endfor -%}
-- The earlier purchase that explains a recommended article: the article itself if the customer bought it before and the
-- main signal has the key of a customer, such as `repurchase`; else, for an item-item main signal, the purchase most
-- similar to it. A table of its own, since as a step of `rankings` it takes twice the memory.
with itself as not materialized (

    select
        lists.customer_key,
        lists.article_key,
        lists.main_signal
    from {{ ref('target_week_lists') }} as lists
    semi join {{ ref('customer_articles') }} as customer_articles
        on
            lists.customer_key = customer_articles.customer_key
            and lists.article_key = customer_articles.article_key
    where lists.main_signal in (
        {%- for label in own_reasons | unique %}
        '{{ label }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )

),

item_item as (

    select *
    from (
        values
        {%- for label, signal in other_reasons %}
        ('{{ label }}', '{{ signal }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as reasons (main_signal, signal)

),

-- a pair may be of signals of either kind
itself_of_both as (

    select
        itself.customer_key,
        itself.article_key
    from itself
    semi join item_item on itself.main_signal = item_item.main_signal

),

-- only these have several purchases to choose from, and they are few
by_other_articles as materialized (

    select
        lists.customer_key,
        lists.article_key,
        item_item.signal
    from {{ ref('target_week_lists') }} as lists
    inner join item_item on lists.main_signal = item_item.main_signal
    anti join itself_of_both
        on
            lists.customer_key = itself_of_both.customer_key
            and lists.article_key = itself_of_both.article_key

),

reasons as (

    select
        by_other_articles.customer_key,
        by_other_articles.article_key,
        customer_articles.article_key as because_of_article_key,
        neighbours.similarity / customer_articles.days_since_last as strength
    from by_other_articles
    inner join {{ ref('customer_articles') }} as customer_articles
        on by_other_articles.customer_key = customer_articles.customer_key
    inner join {{ ref('neighbours') }} as neighbours
        on
            by_other_articles.signal = neighbours.signal
            and by_other_articles.article_key = neighbours.similar_article_key
            and customer_articles.article_key = neighbours.article_key

),

strongest as (

    select
        reasons.customer_key,
        reasons.article_key,
        reasons.because_of_article_key
    from reasons
    inner join {{ ref('articles') }} as articles on reasons.because_of_article_key = articles.article_key
    qualify row_number() over (
        partition by reasons.customer_key, reasons.article_key
        order by reasons.strength desc, articles.article_order
    ) = 1

)

select *
from strongest

union all

select
    customer_key,
    article_key,
    article_key as because_of_article_key
from itself
