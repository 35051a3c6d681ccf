{#- The table of the shop's own rules; created empty before the first build, so that rules can be written at once. -#}
{% macro make_rules_table() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') %}
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
    comment on table shop.rules is 'What the shop wants to be shown or not shown. Edit it by SQL, or by CSV with `recs rules --from`.';
    {%- endif %}
{%- endmacro %}
