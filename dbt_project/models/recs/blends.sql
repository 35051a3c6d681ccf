{%- set columns = {
    'blend_id': 'integer', 'dataset': 'varchar', 'fingerprint': 'varchar', 'trained_for': 'date',
    'training_weeks': 'date[]', 'held_out_week': 'date', 'trees': 'integer', 'intercept': 'double',
    'map_current': 'double', 'map_learned': 'double', 'difference': 'double', 'ci_low': 'double', 'ci_high': 'double',
    'map_reference_model': 'double', 'settings': 'map(varchar, varchar)', 'is_promoted': 'boolean',
    'used_before': 'date', 'best_baseline': 'varchar', 'map_baseline': 'double', 'reason': 'varchar'
} -%}
{%- set stored = adapter.get_relation(target.database, 'learned', 'blends') if execute -%}
{%- if stored %}
{#- blends of earlier versions lack later columns -#}
{%- set known = adapter.get_columns_in_relation(stored) | map(attribute='name') | list %}
select
    {%- for column, data_type in columns.items() %}
    {{ column if column in known else 'cast(null as ' ~ data_type ~ ') as ' ~ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from learned.blends
{%- else %}
-- nothing was learned yet
select
    {%- for column, data_type in columns.items() %}
    cast(null as {{ data_type }}) as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
where false
{%- endif %}
