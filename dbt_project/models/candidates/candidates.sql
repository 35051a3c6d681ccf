{# the candidates of all customers are too many to store: a view computes them on reading, in blocks of customers -#}
{{ config(materialized='view' if var('customers') == 'all' else 'table') }}

{{ candidates_of(ref('scored_customers')) }}
