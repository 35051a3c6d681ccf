-- Whomever is scored: the ranges of the signals are those of the same customers. A learned blend has its own ranges.
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
