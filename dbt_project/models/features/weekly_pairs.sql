{{ config(
    materialized='incremental',
    tags='kept_weeks',
    pre_hook="{{ delete_outdated_weeks(last_weeks=var('copurchase_weeks')) }}"
) }}

{{ weekly_pairs(occasion='week') }}
