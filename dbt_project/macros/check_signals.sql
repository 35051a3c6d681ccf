{#- A model in candidates/ that no signal of the list uses would be built and then ignored in silence: name it. -#}
{% macro check_signals() -%}
    {%- if execute -%}
        {%- set listed = signals() | map(attribute='model') | list + ['candidates'] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[-2] == 'candidates' -%}
            {%- if node.name not in listed -%}
                {{ exceptions.raise_compiler_error(
                    "The model candidates/" ~ node.name ~ " belongs to no signal: add {name: " ~ node.name
                    ~ ", weight: ...} to `signals` in dbt_project.yml, or remove the model."
                ) }}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
