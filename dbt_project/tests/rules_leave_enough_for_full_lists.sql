-- Where rules act, at least as many articles as a list holds may be shown to each segment.
select
    segment_key,
    count(*) filter (where fills_lists) as articles
from {{ ref('shelf') }}
group by segment_key
having count(*) filter (where fills_lists) < {{ var('list_length') }}
