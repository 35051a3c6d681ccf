{#- Statements in DuckDB's SQL, which recs_py/spark/session.py translates. -#}

{% macro recsspark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if language == 'python' -%}
{{ compiled_code }}
from recs_py.spark.python_models import write
write(model, dbtObj, '{{ relation }}')
    {%- else -%}
        {%- if config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(compiled_code) -%}
        {%- endif -%}
        create or replace {{ 'temporary view' if temporary else 'table' }} {{ relation }} as
        {{ compiled_code }}
    {%- endif -%}
{%- endmacro %}

{% macro recsspark__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(sql) -%}
    {%- endif -%}
    create or replace view {{ relation }} as
    {{ sql }}
{%- endmacro %}

{% macro recsspark__persist_docs(relation, model, for_relation, for_columns) -%}
{%- endmacro %}

{#- Spark divides customers among its tasks by itself. -#}
{% materialization in_customer_blocks, adapter='recsspark' %}
    {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{#- New rows are appended; the hooks of a model delete those that they replace. -#}
{% materialization incremental, adapter='recsspark' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing and not should_full_refresh() -%}
        {%- set fresh = make_temp_relation(relation) -%}
        {%- do run_query(create_table_as(true, fresh, compiled_code)) -%}
        {%- do process_schema_changes(config.get('on_schema_change'), fresh, existing) -%}
        {%- call statement('main') -%}
            insert into {{ relation }} by name select * from {{ fresh }}
        {%- endcall -%}
        {%- do run_query('drop view ' ~ fresh) -%}
    {%- else -%}
        {%- call statement('main') -%}
            {{ create_table_as(false, relation, compiled_code) }}
        {%- endcall -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
