{# the candidates of all customers are too many to store: a view computes them on reading, in blocks of customers -#}
{{ config(materialized='view' if var('customers') == 'all' else 'table') }}

-- Lists are made from `blend.bucketed`, which has the same candidates; training and evaluation read these.
{{ candidates_of(ref('scored_customers')) }}
