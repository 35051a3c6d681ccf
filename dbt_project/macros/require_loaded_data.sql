{#- Stops a build of an empty warehouse, or of one that an earlier version loaded, with one sentence. -#}
{% macro require_loaded_data() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {%- set dataset = adapter.get_relation(target.database, 'raw', 'dataset') -%}
        {%- if not dataset -%}
            {{ exceptions.raise_compiler_error(
                "Nothing is loaded yet: type `recs load complete-journey` (real groceries), "
                ~ "`recs load hm --from DIR` or `recs load synthetic`, then build again."
            ) }}
        {%- elif 'loaded_on' not in adapter.get_columns_in_relation(dataset) | map(attribute='name') -%}
            {{ exceptions.raise_compiler_error(
                "The data was loaded by an earlier version of recs: run `recs load` again, then build again."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
