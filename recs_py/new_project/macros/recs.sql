{#- dbt takes this macro from the project itself, not from a package. A model's `+schema` is its schema, without a prefix. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return(recs.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro %}
