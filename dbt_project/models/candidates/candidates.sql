{# all customers have too many candidates to keep: they are made anew as they are read, in blocks of customers -#}
{{ config(materialized='view' if var('customers') == 'all' else 'table') }}

{{ candidates_of(ref('scored_customers')) }}
