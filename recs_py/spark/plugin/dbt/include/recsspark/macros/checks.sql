{#- The project's hooks ask these two questions of DuckDB's catalogue; here they ask Spark's. -#}

{% macro recsspark__claim_relations() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') and not adapter.get_relation(none, 'raw', 'dataset') -%}
        {{ exceptions.raise_compiler_error("Nothing is loaded yet, or a load was not finished: type `recs load my-shop --from DIR --target spark`, then build again.") }}
    {%- endif -%}
{%- endmacro %}

{% macro recsspark__has_blends() -%}
    {{ return(adapter.get_relation(none, 'learned', 'blends') is not none) }}
{%- endmacro %}
