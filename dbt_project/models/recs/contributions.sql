select
    target_week,
    customer_id,
    rank,
    article_id,
    contribution.signal,
    contribution.points
from (
    select
        target_week,
        customer_id,
        rank,
        article_id,
        unnest(contributions) as contribution
    from {{ ref('recommendations_explained') }}
)
