{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

select
    {{ target_week() }} as target_week,
    ranked.customer_key,
    ranked.rank,
    ranked.article_key,
    ranked.score,
    ranked.main_signal,
    because_of.because_of_article_key,
    ranked.packed_buckets,
    ranked.boost,
    ranked.boosted_by,
    ranked.rules
from {{ ref('ranked') }} as ranked
left join {{ ref('because_of') }} as because_of
    on
        ranked.customer_key = because_of.customer_key
        and ranked.article_key = because_of.article_key
