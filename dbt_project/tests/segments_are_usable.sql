-- Popularity is counted for each segment and article, and rules make a row for each of them; in lists of articles the
-- segment `all` is the whole shop. The error says what to do.
select count(distinct segment_key) as segments
from {{ ref('customers') }}
having case
    when count(distinct segment_key) > 1000 then error(
        'The column ' || {{ literal(var('segment_by')) }} || ' gives ' || count(distinct segment_key)
        || ' segments, and more than 1,000 are too many: choose another column of the customers in segment_by.'
    )
    when bool_or(segment = 'all') then error(
        'The column ' || {{ literal(var('segment_by')) }}
        || ' gives a segment all, which is the name of the whole shop: write it otherwise in the loader.'
    )
end
