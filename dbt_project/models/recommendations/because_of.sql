{#- if the main signal is a pair, either of its two signals may give the reason #}
{%- set of_others, of_itself = [], [] %}
{%- for term in terms() %}
    {%- for name in term.signals if signal(name).neighbours %}
        {%- do of_others.append((term.label, name)) %}
    {%- endfor %}
    {%- for name in term.signals if not signal(name).neighbours and 'customer_key' in signal(name)['keys'] %}
        {%- do of_itself.append(term.label) %}
    {%- endfor %}
{%- endfor -%}
-- The earlier purchase that explains a recommended article: the article itself if the customer bought it before and the
-- main signal has the key of a customer; else, for an item-item main signal, the purchase most similar to it.
-- Lists of names begin with '', since SQL has no empty list.
with itself as not materialized (

    select
        ranked.customer_key,
        ranked.article_key,
        ranked.main_signal
    from {{ ref('ranked') }} as ranked
    semi join {{ ref('customer_articles') }} as history
        on
            ranked.customer_key = history.customer_key
            and ranked.article_key = history.article_key
    where ranked.main_signal in (
        ''
        {%- for label in of_itself | unique %},
        '{{ label }}'
        {%- endfor %}
    )

),

item_item as (

    select
        unnest([
            ''
            {%- for label, _ in of_others %},
            '{{ label }}'
            {%- endfor %}
        ]) as main_signal,
        unnest([
            ''
            {%- for _, name in of_others %},
            '{{ name }}'
            {%- endfor %}
        ]) as signal

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
        ranked.customer_key,
        ranked.article_key,
        item_item.signal
    from {{ ref('ranked') }} as ranked
    inner join item_item on ranked.main_signal = item_item.main_signal
    anti join itself_of_both
        on
            ranked.customer_key = itself_of_both.customer_key
            and ranked.article_key = itself_of_both.article_key

),

reasons as (

    select
        by_other_articles.customer_key,
        by_other_articles.article_key,
        history.article_key as because_of_article_key,
        neighbours.similarity / history.days_since_last as strength
    from by_other_articles
    inner join {{ ref('customer_articles') }} as history on by_other_articles.customer_key = history.customer_key
    inner join {{ ref('neighbours') }} as neighbours
        on
            by_other_articles.signal = neighbours.signal
            and by_other_articles.article_key = neighbours.similar_article_key
            and history.article_key = neighbours.article_key

),

loudest as (

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
from loudest

union all

select
    customer_key,
    article_key,
    article_key as because_of_article_key
from itself
