{#- lists begin with '', since SQL has no empty one #}
{%- set own_reasons, other_reasons = [''], [''] %}
{%- for signal in used_signals() %}
    {%- if signal.neighbours %}
        {%- do other_reasons.append(signal.name) %}
    {%- elif 'customer_key' in signal['keys'] %}
        {%- do own_reasons.append(signal.name) %}
    {%- endif %}
{%- endfor -%}
-- The purchases behind a recommended article: when the customer bought the article itself, and the purchase that
-- explains it. That is the article itself if it was bought and the main signal has the key of a customer, such as
-- `repurchase`; else, for an item-item main signal, the purchase most similar to it. A table of its own, since as a
-- step of `rankings` it takes twice the memory.
with of_itself as (

    select
        lists.customer_key,
        lists.article_key,
        case
            when lists.main_signal in (
                {%- for signal in own_reasons %}
                '{{ signal }}'{{ ',' if not loop.last }}
                {%- endfor %}
            )
                then lists.article_key
        end as because_of_article_key,
        cast(customer_articles.purchases as smallint) as times_bought,
        customer_articles.last_day as last_bought,
        -- two purchases have a gap, but no usual one; none of one day, since a reason reads "every 2 days"
        case
            when customer_articles.purchases > 2
                then cast(nullif(round(
                    date_diff('day', customer_articles.first_day, customer_articles.last_day)
                    / (customer_articles.purchases - 1)
                ), 1) as smallint)
        end as usual_gap
    from {{ ref('target_week_lists') }} as lists
    inner join {{ ref('customer_articles') }} as customer_articles
        on
            lists.customer_key = customer_articles.customer_key
            and lists.article_key = customer_articles.article_key

),

-- only these have several purchases to choose from, and they are few
by_other_articles as materialized (

    select
        customer_key,
        article_key,
        main_signal
    from {{ ref('target_week_lists') }}
    where main_signal in (
        {%- for signal in other_reasons %}
        '{{ signal }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )

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
            by_other_articles.main_signal = neighbours.signal
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

select
    coalesce(of_itself.customer_key, strongest.customer_key) as customer_key,
    coalesce(of_itself.article_key, strongest.article_key) as article_key,
    coalesce(strongest.because_of_article_key, of_itself.because_of_article_key) as because_of_article_key,
    of_itself.times_bought,
    of_itself.last_bought,
    of_itself.usual_gap
from of_itself
full join strongest
    on
        of_itself.customer_key = strongest.customer_key
        and of_itself.article_key = strongest.article_key
