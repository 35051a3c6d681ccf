{{ config(
    materialized='incremental',
    tags='kept_weeks',
    pre_hook="{{ delete_outdated_weeks(last_weeks=var('copurchase_weeks')) }}"
) }}

-- A basket is what one customer bought on one day.
{{ weekly_pairs(occasion='transaction_date') }}
