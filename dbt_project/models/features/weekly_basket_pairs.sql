{{ config(materialized='kept_weeks', meta={'last_weeks': 'copurchase_weeks'}) }}

-- A basket is what one customer bought on one day.
{{ weekly_pairs(occasion='t_dat') }}
