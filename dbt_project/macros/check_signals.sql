{#-
    Names a model in candidates/ that no signal of the list uses, which would be built and then ignored in silence, a model to which its
    signals give two meanings, a list of signals none of which fills lists, an item-item signal that does not say how much it proposes, a
    source that nothing measures, and more buckets than a byte tells apart.
-#}
{% macro check_signals() -%}
    {%- if execute -%}
        {%- set listed = signals() | map(attribute='model') | list + ['candidates', 'neighbour_candidates'] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[-2] == 'candidates' -%}
            {%- if node.name not in listed -%}
                {{ exceptions.raise_compiler_error(
                    "The model candidates/" ~ node.name ~ " belongs to no signal: add {name: " ~ node.name
                    ~ ", weight: ...} to `signals` in dbt_project.yml, or remove the model."
                ) }}
            {%- endif -%}
        {%- endfor -%}
        {%- for signal in signals() -%}
            {%- set first = signals() | selectattr('model', 'equalto', signal.model) | first -%}
            {%- if (signal['keys'], signal.proposes) != (first['keys'], first.proposes) -%}
                {{ exceptions.raise_compiler_error(
                    "The signals " ~ first.name ~ " and " ~ signal.name ~ " are of one model, " ~ signal.model
                    ~ ", but say other keys or proposes: give both the same in `signals` in dbt_project.yml."
                ) }}
            {%- endif -%}
        {%- endfor -%}
        {%- for signal in signals() if signal.source not in ['', 'own_history', 'bestsellers'] -%}
            {{ exceptions.raise_compiler_error(
                "The source of the signal " ~ signal.name ~ " is " ~ signal.source ~ ": choose own_history or bestsellers, or leave it out, "
                ~ "in `signals` in dbt_project.yml."
            ) }}
        {%- endfor -%}
        {%- if var('buckets') is not integer or not 1 <= var('buckets') <= 255 -%}
            {{ exceptions.raise_compiler_error(
                "buckets is " ~ var('buckets') ~ ": choose a whole number from 1 to 255 in dbt_project.yml."
            ) }}
        {%- endif -%}
        {%- if not used_signals() | selectattr('proposes') | selectattr('keys', 'equalto', ['article_key']) | list -%}
            {{ exceptions.raise_compiler_error(
                "No signal that is used fills lists: give popularity, or another one with keys: [article_key], a number of articles "
                ~ "that it proposes in `signals` in dbt_project.yml."
            ) }}
        {%- endif -%}
        {%- for signal in signals() if signal.neighbours and not signal.per_customer -%}
            {{ exceptions.raise_compiler_error(
                "The item-item signal " ~ signal.name ~ " does not say how many articles it proposes to a customer: "
                ~ "add per_customer: 12 to its line in `signals` in dbt_project.yml."
            ) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
