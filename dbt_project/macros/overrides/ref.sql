{#- References name no database: a view in the file then still works after the file was renamed or attached under another name. -#}
{% macro ref() -%}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}
