{{ config(
    materialized='incremental',
    incremental_strategy='changed_weeks',
    on_schema_change='sync_all_columns',
    meta={'last_weeks': 'copurchase_weeks'},
) }}

{{ weekly_pairs(occasion='week') }}
