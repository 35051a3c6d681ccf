{#-
    dbt's own, but for the tables of a past week that a backtest or the training rows are made of: the next of those weeks
    replaces them, and on a small shop comments are a tenth of what the evaluation of a week costs. A table that keeps its
    weeks keeps its comments too.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set is_kept = model.config.materialized in ['view', 'kept_weeks', 'kept_target_weeks']
        or (model.config.materialized == 'incremental' and not is_incremental()) -%}
    {%- if var('customers') == 'all' or is_kept -%}
        {{ return(dbt.default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
