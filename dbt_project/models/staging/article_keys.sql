{{ config(materialized='incremental') }}

{{ append_only_keys('article', source('raw', 'articles')) }}
