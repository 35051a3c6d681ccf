{{ config(materialized='in_customer_blocks') }}

-- The query is that of `live_lists`, run for one block of customers after the other (macros/overrides/dbt.sql).
-- depends_on: {{ ref('scored_customers') }}
select *
from {{ ref('live_lists') }}
