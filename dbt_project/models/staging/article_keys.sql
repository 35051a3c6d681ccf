{{ config(materialized='incremental', full_refresh=false) }}

{{ append_only_keys('article', source('raw', 'articles')) }}
