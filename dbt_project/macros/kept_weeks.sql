{#-
    Tables that keep their weeks: each row carries its `week` and, as `week_version`, the version of the week's lines that it
    was made from (`staging.weeks`). Weeks whose version is another now are made anew, late lines or not; the others stay as
    they are. A table of staging keeps all weeks, others those before the target week, or only the last of them: `last_weeks` names
    the variable with their number, both in the query and in the model's `meta`, since a unit test knows no `meta`.
-#}
{% macro kept_weeks(last_weeks=none) -%}
    select
        week,
        version as week_version
    from {{ ref('weeks') }}
    {%- if model.schema != 'staging' %}
    where
        {{ before_target_week('week') }}
        {%- if last_weeks %}
        and {{ weeks_before_target_week('week') }} <= {{ var(last_weeks) }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{#- Those of them that are made now: a block of those that the table does not have yet. -#}
{% macro weeks_to_make(last_weeks=none) -%}
    select
        week,
        week_version
    from (
        {{ kept_weeks(last_weeks) | indent(4) }}
    )
    where {{ in_block_of_weeks('week') }}
{%- endmacro %}

{% materialization kept_weeks, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set meta = config.get('meta') or {} -%}
    {%- set kept = kept_weeks(meta.last_weeks) -%}
    {{ run_hooks(pre_hooks) }}
    {#- A table with no week to keep is made anew: it may be of an earlier version, with other columns. -#}
    {%- set columns = adapter.get_columns_in_relation(existing) | map(attribute='name') | list if existing else [] -%}
    {%- set keeps = 'week_version' in columns and not should_full_refresh()
        and run_query('select 1 from ' ~ relation ~ ' where (week, week_version) in (' ~ kept ~ ') limit 1').rows | length > 0 -%}
    {%- if keeps -%}
        {%- do run_query(
            'delete from ' ~ relation ~ ' where (week, week_version) not in (' ~ kept ~ ') or week_version is null'
        ) -%}
    {%- elif existing -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
    {%- set to_make = kept ~ (' except select distinct week, week_version from ' ~ relation if keeps else '') -%}
    {%- set blocks = blocks_of_weeks('select week from (' ~ to_make ~ ')', in_one=meta.in_one_block) -%}
    {{ fill_in_blocks(relation, sql, blocks, keeps=keeps) }}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}

{#- What shapes such tables besides the lines: settings, and the models themselves. -#}
{% macro shape_of_kept_weeks() -%}
    {%- set shape = [] -%}
    {%- for setting in ['largest_basket', 'signals_version'] -%}
        {%- do shape.append(setting ~ ' ' ~ var(setting)) -%}
    {%- endfor -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- for node in nodes | sort(attribute='name') if node.config.materialized == 'kept_weeks' -%}
        {%- do shape.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {{ local_md5(shape | join(', ')) }}
{%- endmacro %}
