-- Where rules act, at least as many articles as a list holds may be shown to each segment; in a shop that has not so
-- many, at least one.
select
    segment_key,
    count(*) filter (where fills_lists) as articles
from {{ ref('shelf') }}
group by segment_key
having
    count(*) filter (where fills_lists)
    < case when count(*) < {{ var('list_length') }} then 1 else {{ var('list_length') }} end
