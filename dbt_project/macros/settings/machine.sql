{#- DuckDB takes every core unless `RECS_THREADS` says how many. -#}
{% macro set_threads() -%}
    {%- if execute and env_var('RECS_THREADS', '') %}
    set global threads = {{ env_var('RECS_THREADS') | int }};
    {%- endif %}
{%- endmacro %}
