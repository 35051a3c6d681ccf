{#-
    How often two articles were bought together, by the unit of "together": a column of `purchases` that says which
    purchases of a customer belong to one occasion. Lift = P(a,b) / (P(a) P(b)); cosine = n(a,b) / sqrt(n(a) n(b));
    log-likelihood ratio: Dunning 1993, 2 * sum(k * ln(k / expected)) over the 2x2 table of occasions.
-#}
{% macro copurchase(occasion) %}
with purchases as (

    select distinct
        article_key,
        customer_key,
        {{ occasion }} as occasion
    from {{ ref('transactions') }}
    where
        {{ before_target_week('t_dat') }}
        and {{ weeks_before_target_week('t_dat') }} <= {{ var('copurchase_weeks') }}
    qualify count(*) over (partition by customer_key, t_dat) <= {{ var('largest_basket') }}

),

totals as (

    select count(*) as occasions
    from (select distinct customer_key, occasion from purchases)

),

articles as (

    select
        article_key,
        count(*) as occasions
    from purchases
    group by article_key

),

pairs as (

    select
        one.article_key,
        other.article_key as other_article_key,
        count(*) as together
    from purchases as one
    inner join purchases as other
        on
            one.customer_key = other.customer_key
            and one.occasion = other.occasion
            and one.article_key < other.article_key
    group by one.article_key, other.article_key
    having count(*) >= {{ var('copurchase_minimum') }}

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
