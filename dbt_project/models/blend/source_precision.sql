{%- set half_lives = {'repurchase': 'usual', 'repurchase_recent': 'recent', 'repurchase_lasting': 'lasting'} -%}
-- Backtest of two plain sources on the week before the target week, with lists of the usual length, for a sample of
-- its buyers: the customer's latest purchases, and the bestsellers of the week before that.
-- Hits: listed articles that were bought. Points squared: sum over the listed articles of the square
-- of the points that own history gives them with the listed weights, before repeat rates.
with buyers as (

    select customer_key
    from {{ ref('customers') }}
    where
        customer_key in (
            select transactions.customer_key
            from {{ ref('transactions') }} as transactions
            where {{ weeks_before_target_week('transactions.transaction_date') }} = 1
        )
    {{ drawn(5000) }}

),

bought as (

    select distinct
        transactions.customer_key,
        transactions.article_key
    from {{ ref('transactions') }} as transactions
    semi join buyers on transactions.customer_key = buyers.customer_key
    where {{ weeks_before_target_week('transactions.transaction_date') }} = 1

),

own_history as (

    select
        transactions.customer_key,
        transactions.article_key
        {%- for signal, half_life in half_lives.items() %},
        {{ decayed_count(
            days_before_target_week('transactions.transaction_date') ~ ' - 7', var('half_lives')[half_life]
        ) }} as {{ signal }}
        {%- endfor %}
    from {{ ref('transactions') }} as transactions
    semi join buyers on transactions.customer_key = buyers.customer_key
    inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key
    where
        {{ before_target_week('transactions.transaction_date') }}
        and {{ weeks_before_target_week('transactions.transaction_date') }} > 1
    group by transactions.customer_key, transactions.article_key, articles.article_order
    qualify row_number() over (
        partition by transactions.customer_key
        order by max(transactions.transaction_date) desc, articles.article_order
    ) <= {{ var('list_length') }}

),

most_bought as (

    select transactions.article_key
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key
    where {{ weeks_before_target_week('transactions.transaction_date') }} = 2
    group by transactions.article_key, articles.article_order
    order by count(*) desc, articles.article_order
    limit {{ var('list_length') }}

),

highest as (

    select
        {%- for signal in half_lives %}
        quantile_disc({{ signal }}, 0.999) filter (where {{ signal }} > 0) as {{ signal }}{{ ',' if not loop.last }}
        {%- endfor %}
    from own_history

),

listed as (

    select
        'own_history' as source,
        own_history.customer_key,
        own_history.article_key,
        power(
            0 {%- for signal in signals() if signal.name in half_lives and signal.source == 'own_history' %}
            -- no value is left of a purchase of long ago
            + {{ signal.weight }} * sqrt(
                least(1, coalesce(own_history.{{ signal.name }} / highest.{{ signal.name }}, 0))
            )
            {%- endfor %}, 2
        ) as points_squared
    from own_history
    cross join highest
    union all
    select
        'bestsellers' as source,
        buyers.customer_key,
        most_bought.article_key,
        null as points_squared
    from buyers
    cross join most_bought

)

select
    listed.source,
    count(*) as listed,
    count(bought.article_key) as hits,
    {{ fixed_sum('listed.points_squared') }} as points_squared
from listed
left join bought
    on
        listed.customer_key = bought.customer_key
        and listed.article_key = bought.article_key
group by listed.source
