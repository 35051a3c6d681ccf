{#-
    dbt's own, but for the tables of a past week that a backtest or the training rows are made of: the next of those weeks
    replaces them, and on a small shop comments are a tenth of what the evaluation of a week costs.
-#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if var('customers') == 'all' or model.config.materialized in ('view', 'incremental') -%}
        {{ return(dbt.default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endif -%}
{%- endmacro %}
