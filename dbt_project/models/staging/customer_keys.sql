{{ config(materialized='incremental', full_refresh=false) }}

{{ append_only_keys('customer', source('raw', 'customers')) }}
