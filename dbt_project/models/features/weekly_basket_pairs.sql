{%- set last_weeks = 'copurchase_weeks' -%}
{{ config(materialized='kept_weeks', meta={'last_weeks': last_weeks}) }}

-- A basket is what one customer bought on one day.
{{ weekly_pairs(occasion='t_dat', last_weeks=last_weeks) }}
