{{ config(
    materialized='incremental',
    incremental_strategy='changed_weeks',
    on_schema_change='sync_all_columns',
    meta={'last_weeks': 'copurchase_weeks'},
) }}

-- A basket is what one customer bought on one day.
{{ weekly_pairs(occasion='t_dat') }}
