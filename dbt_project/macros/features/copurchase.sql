{#-
    Number of times that two articles were bought together in each week. `occasion` is a column: purchases of a customer with the same value
    belong to one occasion. The row of an article with itself counts the occasions on which it was bought.
-#}
{% macro weekly_pairs(occasion) %}
with weeks as (

    {{ weeks_to_make(last_weeks=var('copurchase_weeks')) | indent(4) }}

),

purchases as (

    select distinct
        weeks.week,
        weeks.week_version,
        transactions.article_key,
        transactions.customer_key,
        transactions.{{ occasion }} as occasion
    from {{ ref('transactions') }} as transactions
    inner join weeks on transactions.week = weeks.week
    qualify
        count(*) over (partition by transactions.customer_key, transactions.transaction_date) <= {{ var('max_basket_size') }}

),

occasions as (

    select
        week,
        count(*) as occasions
    from (select distinct week, customer_key, occasion from purchases)
    group by week

),

pairs as (

    select
        one.week,
        one.article_key,
        other.article_key as other_article_key,
        count(*) as together,
        any_value(one.week_version) as week_version
    from purchases as one
    inner join purchases as other
        on
            one.customer_key = other.customer_key
            and one.occasion = other.occasion
            and one.article_key <= other.article_key
    group by one.week, one.article_key, other.article_key

)

select
    pairs.week,
    pairs.article_key,
    pairs.other_article_key,
    pairs.together,
    occasions.occasions as occasions_of_week,
    pairs.week_version
from pairs
inner join occasions on pairs.week = occasions.week
{% endmacro %}

{#-
    How often two articles were bought together in the weeks of `weekly`. Lift = P(a,b) / (P(a) P(b)); cosine = n(a,b) /
    sqrt(n(a) n(b)); log-likelihood ratio: Dunning 1993, 2 * sum(k * ln(k / expected)) over the 2x2 table of occasions.
-#}
{% macro copurchase(weekly) %}
with weeks as (

    select
        week,
        any_value(occasions_of_week) as occasions
    from {{ weekly }}
    group by week

),

totals as (

    select cast(sum(occasions) as bigint) as occasions
    from weeks

),

articles as (

    select
        article_key,
        cast(sum(together) as bigint) as occasions
    from {{ weekly }}
    where article_key = other_article_key
    group by article_key

),

pairs as (

    select
        article_key,
        other_article_key,
        cast(sum(together) as bigint) as together
    from {{ weekly }}
    where article_key < other_article_key
    group by article_key, other_article_key
    having sum(together) >= {{ var('copurchase_minimum') }}

),

both_ways as (

    select
        article_key,
        other_article_key,
        together
    from pairs

    union all

    select
        other_article_key,
        article_key,
        together
    from pairs

),

counted as (

    select
        both_ways.article_key,
        both_ways.other_article_key,
        both_ways.together,
        one.occasions as occasions,
        other.occasions as other_occasions,
        totals.occasions as all_occasions,
        cast(one.occasions as double) * other.occasions / totals.occasions as expected
    from both_ways
    inner join articles as one on both_ways.article_key = one.article_key
    inner join articles as other on both_ways.other_article_key = other.article_key
    cross join totals

)

select
    article_key,
    other_article_key,
    together,
    occasions,
    other_occasions,
    together / expected as lift,
    together / sqrt(cast(occasions as double) * other_occasions) as cosine,
    2 * (
        {{ surprise('together', 'expected') }}
        + {{ surprise('occasions - together', 'occasions - expected') }}
        + {{ surprise('other_occasions - together', 'other_occasions - expected') }}
        + {{ surprise(
            'all_occasions - occasions - other_occasions + together',
            'all_occasions - occasions - other_occasions + expected'
        ) }}
    ) as log_likelihood_ratio
from counted
{% endmacro %}

{#- One cell of the log-likelihood ratio; an empty cell adds nothing. -#}
{% macro surprise(seen, expected) -%}
    case when {{ seen }} > 0 then ({{ seen }}) * ln(({{ seen }}) / ({{ expected }})) else 0 end
{%- endmacro %}
