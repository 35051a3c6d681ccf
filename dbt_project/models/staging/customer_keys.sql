{{ config(materialized='incremental') }}

{{ append_only_keys('customer', source('raw', 'customers')) }}
