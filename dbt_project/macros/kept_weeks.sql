{#-
    Tables that keep their weeks: each row carries its `week` and, as `week_version`, the version of the week's lines that it
    was made from (`staging.weeks`). Weeks whose version is another now are made anew, late lines or not; the others stay as
    they are. A table of staging keeps all weeks, others those before the target week; `meta: {last_weeks: ...}` names a
    variable, how many of them.
-#}
{% macro kept_weeks() -%}
    select
        week,
        version as week_version
    from {{ ref('weeks') }}
    {%- if model.fqn[1] != 'staging' %}
    where
        {{ before_target_week('week') }}
        {%- set last_weeks = (config.get('meta') or {}).last_weeks %}
        {%- if last_weeks %}
        and {{ weeks_before_target_week('week') }} <= {{ var(last_weeks) }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{#- Those of them that the table does not have yet. -#}
{% macro weeks_to_make() -%}
    {{ kept_weeks() }}
    {%- if is_incremental() and 'week_version' in adapter.get_columns_in_relation(this) | map(attribute='name') %}
    except
    select distinct
        week,
        week_version
    from {{ this }}
    {%- endif %}
{%- endmacro %}

{#- dbt's incremental strategy `changed_weeks`. -#}
{% macro get_incremental_changed_weeks_sql(arg_dict) -%}
    delete from {{ arg_dict['target_relation'] }}
    where (week, week_version) not in ({{ kept_weeks() }}) or week_version is null;

    {{ get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns']) }}
{%- endmacro %}

{#- What shapes such tables besides the lines: settings, and the models themselves. -#}
{% macro shape_of_kept_weeks() -%}
    {%- set shape = [] -%}
    {%- for setting in ['largest_basket', 'signals_version'] -%}
        {%- do shape.append(setting ~ ' ' ~ var(setting)) -%}
    {%- endfor -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- for node in nodes | sort(attribute='name') if node.config.incremental_strategy == 'changed_weeks' -%}
        {%- do shape.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {{ local_md5(shape | join(', ')) }}
{%- endmacro %}
