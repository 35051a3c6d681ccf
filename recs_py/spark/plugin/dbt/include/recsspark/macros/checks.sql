{#- What the project's hooks ask DuckDB's catalog, asked of Spark's. -#}

{% macro recsspark__claim_relations() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') and not adapter.get_relation(none, 'raw', 'dataset') -%}
        {{ exceptions.raise_compiler_error("Nothing is loaded yet: type `recs load my-shop --from DIR --target spark`, then build again.") }}
    {%- endif -%}
{%- endmacro %}

{% macro recsspark__has_blends() -%}
    {{ return(adapter.get_relation(none, 'learned', 'blends') is not none) }}
{%- endmacro %}
