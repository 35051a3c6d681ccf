{%- set last_weeks = 'copurchase_weeks' -%}
{{ config(materialized='kept_weeks', meta={'last_weeks': last_weeks}) }}

{{ weekly_pairs(occasion='week', last_weeks=last_weeks) }}
