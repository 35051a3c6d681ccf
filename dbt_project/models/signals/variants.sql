{{ config(materialized='view') }}

{{ candidates_by_neighbours('variants') }}
