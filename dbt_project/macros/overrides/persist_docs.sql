{#-
    Comments on a table or view and its columns, in one statement (dbt's own asks for the columns twice). Tables of a past week
    that a backtest or the training rows are made of get none: the next of those weeks replaces them, and on a small shop
    comments are a tenth of what the evaluation of a week costs. A table that keeps its weeks keeps its comments too.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set materialized = model.config.materialized -%}
    {%- set is_new = not load_cached_relation(relation) -%}
    {%- if var('customers') == 'all'
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
