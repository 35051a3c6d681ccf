{#-
    dbt's own, but for the tables of a past week that a backtest or the training rows are made of: the next of those weeks
    replaces them, and on a small shop comments are a tenth of what the evaluation of a week costs. A table that keeps its
    weeks keeps its comments too.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set materialized = model.config.materialized -%}
    {%- set is_new = not load_cached_relation(relation) -%}
    {%- if var('customers') == 'all'
        or materialized in ['view', 'kept_weeks']
        or (materialized in ['kept_target_weeks', 'incremental'] and is_new) -%}
        {{ return(dbt.default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
