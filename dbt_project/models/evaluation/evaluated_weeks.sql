{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

select
    {{ target_week() }} as target_week,
    count(*) as customers,
    {{ literal(var('evaluation_fingerprint')) }} as fingerprint,
    cast({{ learned_blend() or 'null' }} as integer) as blend_id,
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as evaluated_at
from {{ ref('evaluated_customers') }}
-- a week is complete when all of these have it
where
    exists (
        select 1 from {{ ref('metrics') }}
        where target_week = {{ target_week() }}
    )
    and exists (
        select 1 from {{ ref('paired_differences') }}
        where target_week = {{ target_week() }}
    )
    and exists (
        select 1 from {{ ref('recall_of_candidates') }}
        where target_week = {{ target_week() }}
    )
    and exists (
        select 1 from {{ ref('weekly_replicates') }}
        where target_week = {{ target_week() }}
    )
having count(*) > 0
