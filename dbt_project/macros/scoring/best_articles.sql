{#-
    The best eligible articles of each customer by `scores`, a relation, where no rule acts: its rows with their `rank`. Only what reaches
    the last rank of the customer's list is sorted.
-#}
{% macro best_without_rules(scores) -%}
with may_be_shown as (

    select {{ scores }}.*
    from {{ scores }}
    {{ without_hidden(scores) | indent(4) }}

),

last_places as (

    select
        customer_key,
        list_last(max(score, {{ var('list_length') }})) as least_score
    from may_be_shown
    group by customer_key

)

select
    may_be_shown.*,
    cast(row_number() over (
        partition by may_be_shown.customer_key
        order by may_be_shown.score desc, articles.popularity_rank
    ) as integer) as rank
from may_be_shown
inner join last_places
    on
        may_be_shown.customer_key = last_places.customer_key
        and may_be_shown.score >= last_places.least_score
inner join {{ ref('alive_articles') }} as articles on may_be_shown.article_key = articles.article_key
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#-
    Leaves out articles that the customer bought so lately that `hide_bought_days` keeps them from the list. The customer's key stands in the
    relation `customers`, the article's in `articles`, or in the same.
-#}
{% macro without_hidden(customers, articles=none) -%}
    {%- if var('hide_bought_days') > 0 -%}
anti join {{ ref('customer_articles') }} as hidden
    on
        {{ customers }}.customer_key = hidden.customer_key
        and {{ articles or customers }}.article_key = hidden.article_key
        and hidden.days_since_last <= {{ var('hide_bought_days') }}
    {%- endif -%}
{%- endmacro %}

{#-
    What a boost adds to a score: a factor of 2 doubles a score above 0. The points of a learned blend also lie below 0, where a
    product would work the other way round.
-#}
{% macro points_of_boost(factor, score) -%}
    {{ exact_points('(' ~ factor ~ ' - 1) * abs(' ~ score ~ ')') }}
{%- endmacro %}
