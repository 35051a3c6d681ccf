{{ config(materialized='kept_weeks', meta={'last_weeks': 'copurchase_weeks'}) }}

{{ weekly_pairs(occasion='week') }}
