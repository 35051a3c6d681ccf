{#- Where the shop's own rules stand; made empty before the first build, so that they can be written at once. -#}
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

{#- What a rule may name articles by, besides their id. -#}
{% macro rule_groups() -%}
    {{ return(['product_code', 'product_type', 'category', 'department', 'colour', 'brand']) }}
{%- endmacro %}

{#- Whether any rule acts in the target week: without one, no model joins anything for their sake. -#}
{% macro rules_act() -%}
    {%- set rules = ref('checked_rules') -%}
    {%- if not execute or not var('apply_rules') or not adapter.get_relation(target.database, rules.schema, rules.identifier) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query("select count(*) as lines from " ~ rules ~ " where acts").rows[0]['lines'] > 0) }}
{%- endmacro %}

{#- The groups of which a list may hold only so many articles. -#}
{% macro limited_groups() -%}
    {%- set rules = ref('checked_rules') -%}
    {%- if not rules_act() -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set found = run_query("select distinct attribute from " ~ rules ~ " where acts and action = 'limit'").columns[0].values() -%}
    {%- set groups = [] -%}
    {%- for group in rule_groups() if group in found -%}
        {%- do groups.append(group) -%}
    {%- endfor -%}
    {{ return(groups) }}
{%- endmacro %}

{#- Rows of `relation`, in the order given, as far as the limits of their groups allow, group by group. -#}
{% macro within_limits(relation, partition, order) -%}
    {%- set ns = namespace(relation=relation) -%}
    {%- for group in limited_groups() -%}
        {%- set ns.relation -%}
(
    select *
    from {{ ns.relation }}
    qualify
        {{ group }}_limit is null
        or row_number() over (partition by {{ partition }}, {{ group }}_key order by {{ order }}) <= {{ group }}_limit
)
        {%- endset -%}
    {%- endfor -%}
    {{ ns.relation }}
{%- endmacro %}
