{#-
    True for the customers that are scored now. In a SQL client, and without the materialization below, it is true for all.
-#}
{% macro in_customer_block(customer_key) -%}
    {{ customer_key }} between coalesce(getvariable('first_customer'), -1)
    and coalesce(getvariable('last_customer'), 2147483647)
{%- endmacro %}

{#-
    A table that is filled for `customers_per_block` customers at a time, so that only the candidates of one block must fit into memory. Each
    block runs the same query with another range in `in_customer_block`.
-#}
{% materialization in_customer_blocks, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set blocks = run_query("
        with numbered as (

            select
                customer_key,
                (row_number() over (order by customer_key) - 1) // " ~ var('customers_per_block') ~ " as block
            from " ~ ref('scored_customers') ~ "

        )

        select
            min(customer_key) as first_customer,
            max(customer_key) as last_customer
        from numbered
        group by block
        order by block
    ").rows or [{'first_customer': -1, 'last_customer': -1}] -%}
    {{ run_hooks(pre_hooks) }}
    {{ make_room_for(relation) }}
    {%- for block in blocks -%}
        {%- do run_query('set variable first_customer = ' ~ block['first_customer']) -%}
        {%- do run_query('set variable last_customer = ' ~ block['last_customer']) -%}
        {%- call statement('main') -%}
            {{ 'create or replace table ' ~ relation ~ ' as' if loop.first else 'insert into ' ~ relation ~ ' by name' }}
            {{ sql }}
        {%- endcall -%}
    {%- endfor -%}
    {%- do run_query('reset variable first_customer') -%}
    {%- do run_query('reset variable last_customer') -%}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{#-
    The best eligible articles of each customer without rules: rows of the relation `scores` with their `rank`. Only rows that reach the
    last rank of the customer's list are sorted.
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
inner join {{ ref('eligible_articles') }} as articles on may_be_shown.article_key = articles.article_key
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#-
    Leaves out articles that the customer bought within `hide_bought_days`. The relation `customers` has the customer's key, `articles` the
    article's key; by default both are one relation.
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
    Points that a boost adds to a score: a factor of 2 doubles a score above 0. A score of a learned blend may be below 0, where a product
    would lower it.
-#}
{% macro points_of_boost(factor, score) -%}
    {{ exact_points('(' ~ factor ~ ' - 1) * abs(' ~ score ~ ')') }}
{%- endmacro %}
