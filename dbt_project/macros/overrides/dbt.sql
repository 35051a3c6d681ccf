{#- References name no database: a view in the file then still works after the file was renamed or attached under another name. -#}
{% macro ref() -%}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}

{#- A folder is a schema of the same name, in every target. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

{#-
    Comments on a table or view and its columns, in one statement (dbt's own asks for the columns twice). Tables of a past week
    that a backtest or the training rows are made of get none: the next of those weeks replaces them, and on a small shop
    comments are a tenth of what the evaluation of a week costs. A table that keeps its weeks keeps its comments too.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set materialized = model.config.materialized -%}
    {%- set is_new = not load_cached_relation(relation) -%}
    {%- if var('customers', 'all') == 'all'
        or materialized == 'view'
        or (materialized == 'incremental' and is_new) -%}
        {%- set comments = [] -%}
        {%- if for_relation and config.persist_relation_docs() and model.description -%}
            {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
        {%- endif -%}
        {%- if for_columns and config.persist_column_docs() and model.columns -%}
            {%- set columns = run_query('describe ' ~ relation).columns['column_name'].values() -%}
            {%- for column in model.columns.values() if column.description and column.name in columns -%}
                {%- do comments.append(
                    'comment on column ' ~ relation ~ '.' ~ column.name ~ ' is ' ~ duckdb_escape_comment(column.description) ~ ';'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- if comments -%}
            {%- do run_query(comments | join) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Tables and views that are replaced where they are, in one transaction. dbt's own are made beside, renamed twice and dropped, which is
    safe on engines that cannot replace a table, and costs a small shop more than its queries do.
-#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- if model.language == 'python' -%}
        {#- It writes by a connection of its own, which sees nothing of this transaction: it cannot replace the table. -#}
        {%- set fresh = make_intermediate_relation(relation) -%}
        {{ drop_relation_if_exists(load_cached_relation(fresh)) }}
        {%- call statement('main', language='python') -%}
            {{ create_table_as(false, fresh, compiled_code, 'python') }}
        {%- endcall -%}
        {{ drop_relation_if_exists(load_cached_relation(this)) }}
        {{ adapter.rename_relation(fresh, relation) }}
    {%- else -%}
        {{ recs.make_room_for(relation) }}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            create or replace table {{ relation }} as
            {{ compiled_code }}
        {%- endcall -%}
    {%- endif -%}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {{ recs.make_room_for(relation) }}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        create or replace view {{ relation }} as
        {{ sql }}
    {%- endcall -%}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{#- A view takes no table's place, nor a table a view's. Called with the name of its package: models of other projects are made so too. -#}
{% macro make_room_for(relation) -%}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing and existing.type != relation.type -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
{%- endmacro %}

{#-
    True for the customers that are scored now. In a SQL client, and without the materialization below, it is true for all.
-#}
{% macro in_customer_block(customer_key) -%}
    {{ customer_key }} between coalesce(getvariable('first_customer'), -1)
    and coalesce(getvariable('last_customer'), 2147483647)
{%- endmacro %}

{#-
    A table that is filled for `customers_per_block` customers at a time, so that only the candidates of one block must fit into memory. Each
    block runs the same query with another range in `in_customer_block`. The config `customers` names the model that has the customers.
-#}
{% materialization in_customer_blocks, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set blocks = run_query("
        with numbered as (

            select
                customer_key,
                (row_number() over (order by customer_key) - 1) // " ~ var('customers_per_block') ~ " as block
            from " ~ ref(config.get('customers', 'scored_customers')) ~ "

        )

        select
            min(customer_key) as first_customer,
            max(customer_key) as last_customer
        from numbered
        group by block
        order by block
    ").rows -%}
    {{ run_hooks(pre_hooks) }}
    {{ recs.make_room_for(relation) }}
    {%- if not blocks -%}
        {#- without a customer the query would still read all that it joins -#}
        {%- call statement('main') -%}
            create or replace table {{ relation }} as
            select * from ({{ sql }}) limit 0
        {%- endcall -%}
    {%- endif -%}
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
