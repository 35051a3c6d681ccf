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
        {{ make_room_for(relation) }}
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
    {{ make_room_for(relation) }}
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

{#- A view takes no table's place, nor a table a view's. -#}
{% macro make_room_for(relation) -%}
    {%- set existing = load_cached_relation(relation) -%}
    {%- if existing and existing.type != relation.type -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
{%- endmacro %}
