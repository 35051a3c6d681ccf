{{ config(materialized='view') }}

-- the sum of the embeddings of the articles that the customer bought
with numbers as (

    select
        history.customer_key,
        history.article_key,
        generate_subscripts(bought.embedding, 1) as place,
        unnest(bought.embedding) as number
    from {{ ref('customer_articles') }} as history
    inner join {{ ref('article_embeddings') }} as bought on history.article_key = bought.article_key

),

sums as (

    select
        customer_key,
        place,
        cast(sum(number order by article_key) as float) as number
    from numbers
    group by customer_key, place

)

select
    customer_key,
    cast(list(number order by place) as float[{{ var('factors') }}]) as embedding
from sums
group by customer_key
