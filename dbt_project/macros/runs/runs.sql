{#- `recs.runs`: one row per build that made lists, written by dbt itself, so that `dbt build` and `recs score` leave the same trace. -#}
{% macro record_run(results) -%}
    {%- set target_week, lists, transactions = ref('target_week'), ref('target_week_lists'), ref('transactions') -%}
    {%- set steps = results | selectattr('node.resource_type', 'equalto', 'model') | list -%}
    {%- set listed = steps | selectattr('node.name', 'equalto', 'rankings') | selectattr('status', 'equalto', 'success') | list -%}
    {%- set failed = results | selectattr('status', 'in', ['error', 'fail']) | list -%}
    {%- if execute and listed and not failed %}
    {%- set blend_id = learned_blend() %}
    create schema if not exists recs;
    create table if not exists recs.runs (
        {%- for column in columns_of_runs() %}
        {{ column.name }} {{ column.type }}{{ ',' if not loop.last }}
        {%- endfor %}
    );
    comment on table recs.runs is {{ literal(description_of_runs()) }};
    {%- for column in columns_of_runs() %}
    comment on column recs.runs.{{ column.name }} is {{ literal(column.description) }};
    {%- endfor %}
    insert into recs.runs
    select
        '{{ invocation_id }}',
        target_week.dataset,
        target_week.target_week,
        timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}',
        timestamp '{{ modules.datetime.datetime.now(modules.pytz.utc).strftime("%Y-%m-%d %H:%M:%S") }}',
        {{ results | map(attribute='execution_time') | sum | round(2) }},
        (select count(distinct customer_key) from {{ lists }}),
        (select count(*) from {{ lists }}),
        (select count(*) from {{ transactions }}),
        map {'dbt': '{{ dbt_version }}', '{{ 'duckdb' if target.type == 'duckdb' else 'spark' }}': version()},
        map {
            'customers': {{ literal(var("customers")) }},
            'list_length': {{ literal(var("list_length")) }},
            'eligible_days': {{ literal(var("eligible_days")) }},
            'half_lives': {{ literal(var("half_lives").values() | join(", ")) }},
            'hide_bought_days': {{ literal(var("hide_bought_days")) }},
            'explore_slots': {{ literal(var("explore_slots")) }},
            'segment_by': {{ literal(var("segment_by")) }},
            'item_cf_method': {{ literal(var("item_cf_method")) }},
            'corrected_by': {{ corrected_by() }},
            'blend': {{ literal(blend_id or "default weights") }}
        },
        map {
            {%- for step in steps %}
            {{ literal(step.node.name) }}: {{ step.execution_time | round(3) }}{{ ',' if not loop.last }}
            {%- endfor %}
        }
    from {{ target_week }} as target_week;
    drop table if exists staging.unfinished_build
    {%- endif %}
{%- endmacro %}

{#- Marks a build of lists as unfinished until it has succeeded: its tables may be of different weeks, and are not published. -#}
{% macro begin_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run') and 'model.recs.rankings' in selected_resources %}
    create schema if not exists staging;
    create or replace table staging.unfinished_build as select '{{ invocation_id }}' as run_id
    {%- endif %}
{%- endmacro %}

{% macro description_of_runs() -%}
    {{ return('What was built when, from what, in how many seconds. One row per run that made lists.') }}
{%- endmacro %}

{#- The columns of `recs.runs`, in their order. -#}
{% macro columns_of_runs() -%}
    {{ return([
        {'name': 'run_id', 'type': 'varchar', 'description': 'The id that dbt gave the run.'},
        {'name': 'dataset', 'type': 'varchar', 'description': 'The data set that was loaded.'},
        {'name': 'target_week', 'type': 'date', 'description': 'First day of the week that was scored.'},
        {'name': 'started_at', 'type': 'timestamp', 'description': 'When the run began (UTC).'},
        {'name': 'finished_at', 'type': 'timestamp', 'description': 'When the run ended (UTC).'},
        {'name': 'seconds', 'type': 'double', 'description': 'Seconds of all its steps.'},
        {'name': 'customers', 'type': 'bigint', 'description': 'How many customers have a list.'},
        {'name': 'recommendations', 'type': 'bigint', 'description': 'How many rows the lists have.'},
        {'name': 'transactions', 'type': 'bigint', 'description': 'How many clean transactions there were.'},
        {'name': 'versions', 'type': 'map(varchar, varchar)', 'description': 'The versions of dbt and of the engine.'},
        {'name': 'settings', 'type': 'map(varchar, varchar)', 'description': 'The settings that shape a list, and the blend.'},
        {'name': 'seconds_per_step', 'type': 'map(varchar, double)', 'description': 'Seconds of each model, by name.'},
    ]) }}
{%- endmacro %}
