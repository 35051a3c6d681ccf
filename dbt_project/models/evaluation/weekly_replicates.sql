{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

-- A customer has the same weight in a replicate of every week: replicates may be averaged over weeks, and the
-- interval of such a mean knows that the weeks share their customers.
{%- set largest = evaluated_ranks() | max %}
{%- set metric = accuracy_metrics() | selectattr('name', 'equalto', 'map_kaggle') | selectattr('k', 'equalto', largest)
    | first %}

select
    {{ target_week() }} as target_week,
    system,
    segment,
    {{ list_in_order(metric.column, 'replicate') }} as values,
    {{ list_in_order('replicate', 'replicate') }} as replicates
from {{ ref('replicates') }}
group by system, segment
