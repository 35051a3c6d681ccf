-- The sample is the same whichever customers are scored, so that the ranges of the signals do not depend on the run.
-- A learned blend has its own ranges.
with sampled_customers as (

    select *
    from {{ ref('scored_customers') }}
    where
        customer_key in ({{ fixed_sample() }})
        and {{ learned_blend() is none }}

),

sampled_candidates as (

    {{ candidates_of('sampled_customers') | indent(4) }}

)

select *
from sampled_candidates
