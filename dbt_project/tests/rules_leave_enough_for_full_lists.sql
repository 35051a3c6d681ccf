-- Where rules act, at least as many articles as a list holds may be shown to each segment; in a shop that has not so
-- many, at least one. The error names a segment.
with segments as (

    select distinct
        segment_key,
        segment
    from {{ ref('customers') }}

),

counted as (

    select
        segment_key,
        count(*) filter (where fills_lists) as articles,
        case when count(*) < {{ var('list_length') }} then 1 else {{ var('list_length') }} end as needed
    from {{ ref('eligible_articles_by_segment') }}
    group by segment_key

)

select
    count(*) as segments,
    min(counted.articles) as fewest_articles
from counted
inner join segments on counted.segment_key = segments.segment_key
where counted.articles < counted.needed
having case when count(*) > 0 then error(
    'The rules of the shop leave ' || min_by(counted.articles, segments.segment) || ' of the '
    || min_by(counted.needed, segments.segment) || ' articles that a list needs to the segment '
    || min(segments.segment)
    || ': take lines of `only`, `exclude` or `limit` back (`recs rules` shows them); nothing was published.'
) end
