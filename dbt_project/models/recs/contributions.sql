with unnested as (

    select
        target_week,
        customer_id,
        rank,
        article_id,
        unnest(contributions) as contribution
    from {{ ref('recommendations_explained') }}

)

select
    target_week,
    customer_id,
    rank,
    article_id,
    contribution['signal'] as signal,
    contribution['points'] as points
from unnested
