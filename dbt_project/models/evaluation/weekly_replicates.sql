{{ config(materialized='kept_target_weeks') }}

-- A customer has the same weight in a replicate of every week: replicates may be averaged over
-- weeks, and the interval of
-- such a mean knows that the weeks share their customers.
{%- set column = 'map_kaggle_' ~ (evaluated_ranks() | max) %}

select
    {{ target_week() }} as target_week,
    system,
    segment,
    list({{ column }} order by replicate) as values,
    list(replicate order by replicate) as replicates
from {{ ref('replicates') }}
group by system, segment
