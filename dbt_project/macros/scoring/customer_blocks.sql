{#-
    True for the customers that are scored now. In a SQL client, and without the materialization below, it is true for all.
-#}
{% macro in_customer_block(customer_key) -%}
    {{ customer_key }} between coalesce(getvariable('first_customer'), -1)
    and coalesce(getvariable('last_customer'), 2147483647)
{%- endmacro %}

{#-
    A table that is filled for `customers_per_block` customers at a time, so that memory holds the candidates of these customers and never those of
    all: the same query, run with other ends of `in_customer_block`.
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
