-- Ranks are 1, 2, ... without a gap (that none stands twice is a test of its own), and no longer than a list may be.
select
    customer_key,
    count(*) as articles,
    min(rank) as first_rank,
    max(rank) as last_rank
from {{ ref('ranked') }}
group by customer_key
having
    min(rank) != 1
    or max(rank) != count(*)
    or max(rank) > {{ var('list_length') }}
