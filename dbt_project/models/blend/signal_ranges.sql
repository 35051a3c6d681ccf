-- Of a fixed sample of all customers, so that ranges are the same whomever is scored.
with sampled_customers as (

    select *
    from {{ ref('scored_customers') }}
    where {{ in_fixed_sample('customer_order') }}

),

sampled_candidates as (

    {{ candidates_of('sampled_customers') | indent(4) }}

),

ranges as (

    {{ value_ranges('sampled_candidates') | indent(4) }}

)

select *
from ranges
