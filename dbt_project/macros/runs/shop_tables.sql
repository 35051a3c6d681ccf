{#- The tables that the shop itself edits; created empty before the first build, so that they can be filled at once. -#}
{% macro make_shop_tables() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
    {{ shop_tables() }}
    {%- endif -%}
{%- endmacro %}

{#- Their definitions; where Spark builds, recs makes them in the work database (recs_py/spark/work_database.py). -#}
{% macro shop_tables() %}
    create schema if not exists shop;
    create table if not exists shop.rules (
        rule varchar,
        action varchar,
        attribute varchar,
        value varchar,
        number double,
        segment varchar,
        valid_from date,
        valid_to date
    );
    create table if not exists shop.labels (
        signal varchar primary key,
        label varchar,
        reason varchar
    );
    comment on table shop.rules is 'What the shop wants to be shown or not shown. Edit it by SQL, or by CSV with `recs rules --from`.';
    comment on table shop.labels is 'The shop''s own label and reason of a signal, in place of those in recs.signals. Edit it by SQL.';
{% endmacro %}
