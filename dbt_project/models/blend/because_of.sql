-- The purchase that speaks loudest for a recommended article: by the similarity of its main signal if that is an
-- item-item signal, the article itself where it was bought before.
-- Lists of names begin with '', since SQL knows no empty list.
with

-- few of all, and the only ones with several purchases to choose from
by_other_articles as materialized (

    select
        customer_key,
        article_key,
        main_signal
    from {{ ref('ranked') }}
    where main_signal in (
        ''
        {%- for signal in used_signals() if signal.neighbours %},
        '{{ signal.name }}'
        {%- endfor %}
    )

),

reasons as (

    select
        ranked.customer_key,
        ranked.article_key,
        history.article_key as because_of_article_key,
        neighbours.similarity / history.days_since_last as strength
    from by_other_articles as ranked
    inner join {{ ref('customer_articles') }} as history on ranked.customer_key = history.customer_key
    inner join {{ ref('neighbours') }} as neighbours
        on
            ranked.main_signal = neighbours.signal
            and ranked.article_key = neighbours.similar_article_key
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

-- any other signal that speaks of the customer and the article: the article itself, if it was bought before
select
    ranked.customer_key,
    ranked.article_key,
    history.article_key as because_of_article_key
from {{ ref('ranked') }} as ranked
inner join {{ ref('customer_articles') }} as history
    on
        ranked.customer_key = history.customer_key
        and ranked.article_key = history.article_key
where ranked.main_signal not in (
    ''
    {%- for signal in signals() if signal.neighbours or 'customer_key' not in signal['keys'] %},
    '{{ signal.name }}'
    {%- endfor %}
)
