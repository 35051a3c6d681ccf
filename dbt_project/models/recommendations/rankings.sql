{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

select
    {{ target_week() }} as target_week,
    lists.customer_key,
    lists.rank,
    lists.article_key,
    lists.score,
    lists.main_signal,
    lists.second_signal,
    lists.third_signal,
    because_of.because_of_article_key,
    because_of.times_bought,
    because_of.last_bought,
    because_of.usual_gap,
    lists.packed_buckets,
    lists.boost,
    lists.boosted_by,
    lists.rules
from {{ ref('target_week_lists') }} as lists
left join {{ ref('because_of') }} as because_of
    on
        lists.customer_key = because_of.customer_key
        and lists.article_key = because_of.article_key
