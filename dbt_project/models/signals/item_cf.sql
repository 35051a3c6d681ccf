{{ config(materialized='view') }}

{{ candidates_by_neighbours('item_cf') }}
