{#- dbt asks the project itself, not a package: a folder is a schema of the same name. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return(recs.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro %}
