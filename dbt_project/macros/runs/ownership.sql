{#-
    Stops a build before anything else: where nothing is loaded, where an earlier version has loaded it, or where the build would replace a table or
    view that recs has not made. Then adds the names that recs may make to `shop.made_by_recs`. A load does the same (recs_py/loading/ownership.py).
-#}
{% macro claim_relations() -%}
    {{ adapter.dispatch('claim_relations')() }}
{%- endmacro %}

{% macro duckdb__claim_relations() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test', 'seed', 'snapshot') -%}
        {#- `adapter` would begin a transaction, which dbt rolls back -#}
        {%- set found = run_query(
            "select count(*) filter (table_name = 'dataset') as loaded, count(*) filter (table_name = 'made_by_recs') as listed, "
            ~ "count(*) filter (table_name = 'dataset' and contains(sql, 'loaded_on')) > 0 "
            ~ "and count(*) filter (table_name = 'transactions' and contains(sql, 'transaction_date')) > 0 as loaded_by_this_version, "
            ~ "(select count(*) from duckdb_views() where database_name = current_database() and schema_name = 'staging' "
            ~ "and view_name = 'transactions') as built_on_spark "
            ~ "from duckdb_tables() where database_name = current_database() "
            ~ "and schema_name || '.' || table_name in ('raw.dataset', 'raw.transactions', 'shop.made_by_recs')"
        ).rows[0] -%}
        {%- if not found['loaded'] -%}
            {{ exceptions.raise_compiler_error(
                "Nothing is loaded in " ~ target.path ~ " yet: type `recs load complete-journey` (real groceries), "
                ~ "or `recs load my-shop --from DIR` for a folder of your own, then build again."
            ) }}
        {%- elif not found['loaded_by_this_version'] -%}
            {{ exceptions.raise_compiler_error(
                "The data was loaded by an earlier version of recs: run `recs load` again, then build again."
            ) }}
        {%- elif found['built_on_spark'] -%}
            {{ exceptions.raise_compiler_error(
                target.path ~ " was built on Spark, whose tables hold its lists of earlier weeks: build it there (RECS_TARGET=spark), "
                ~ "or set RECS_DUCKDB to another file and load the shop into it."
            ) }}
        {%- endif -%}
        {%- set unlisted = "select * from (values " ~ relations_of_recs() | join(', ') ~ ") as ours (schema_name, relation_name)" -%}
        {%- if found['listed'] -%}
            {%- set unlisted = unlisted ~ " except select schema_name, relation_name from shop.made_by_recs" -%}
            {%- set taken = run_query(
                "select table_schema, table_name from information_schema.tables where table_catalog = current_database() "
                ~ "and (lower(table_schema), lower(table_name)) in (" ~ unlisted ~ ") order by all limit 1"
            ).rows -%}
            {%- if taken -%}
                {{ exceptions.raise_compiler_error(
                    "The work database has a table " ~ taken[0]['table_schema'] ~ "." ~ taken[0]['table_name']
                    ~ " that recs has not made and would have to replace: set RECS_DUCKDB to another file, or rename that table."
                ) }}
            {%- endif -%}
        {%- endif -%}
        {#- without a list, an earlier version has made all relations of these names -#}
        {%- do run_query("create schema if not exists shop") -%}
        {%- do run_query("create table if not exists shop.made_by_recs (schema_name varchar, relation_name varchar)") -%}
        {%- do run_query("insert into shop.made_by_recs " ~ unlisted) -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Tables and views that recs may make, as pairs of SQL: those of the models, and by name those of commands and macros. A training adds its own. Of a
    project that has recs as a package only the signals count.
-#}
{% macro relations_of_recs() -%}
    {%- set pairs = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and (node.package_name == 'recs' or node.schema == 'signals') -%}
        {%- do pairs.append("('" ~ node.schema ~ "', '" ~ node.alias ~ "')") -%}
    {%- endfor -%}
    {%- for schema, name in [
        ('raw', 'dataset'), ('raw', 'transactions'), ('raw', 'articles'), ('raw', 'customers'), ('raw', 'promotions'),
        ('shop', 'rules'), ('shop', 'labels'), ('staging', 'unfinished_build'), ('recs', 'runs'),
        ('learned', 'blends'), ('learned', 'shapes'), ('learned', 'interaction_shapes'), ('learned', 'fits'), ('learned', 'corrections'),
        ('learned', 'interaction_corrections'),
    ] -%}
        {%- do pairs.append("('" ~ schema ~ "', '" ~ name ~ "')") -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}
