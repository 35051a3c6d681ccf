{#- DuckDB uses every core unless `RECS_THREADS` sets a number. -#}
{% macro set_threads() -%}
    {%- if execute and env_var('RECS_THREADS', '') %}
    set global threads = {{ env_var('RECS_THREADS') | int }};
    {%- endif %}
{%- endmacro %}
