{#- Stops a build of an empty warehouse with one sentence instead of a catalog error. -#}
{% macro require_loaded_data() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {%- if not adapter.get_relation(target.database, 'raw', 'dataset') -%}
            {{ exceptions.raise_compiler_error(
                "Nothing is loaded yet: type `recs load complete-journey` (real groceries), "
                ~ "`recs load hm --from DIR` or `recs load synthetic`, then build again."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
