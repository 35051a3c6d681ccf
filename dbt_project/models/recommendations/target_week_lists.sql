{{ config(materialized='in_customer_blocks') }}

-- depends_on: {{ ref('scored_customers') }}
select *
from {{ ref('live_lists') }}
