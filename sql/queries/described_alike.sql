-- Articles whose descriptions are most alike: the cosine of embeddings (here with the article that most lists show).
with chosen as (

    select embeddings.*
    from recs.article_embeddings as embeddings
    inner join recs.recommendations as lists on embeddings.article_id = lists.article_id
    where embeddings.method = 'content'
    group by embeddings.article_id, embeddings.method, embeddings.embedding
    order by count(*) desc, embeddings.article_id
    limit 1

),

numbers as (

    select
        others.article_id,
        unnest(others.embedding) as number,
        unnest(chosen.embedding) as chosen_number
    from chosen
    inner join recs.article_embeddings as others
        on chosen.method = others.method and chosen.article_id != others.article_id

),

cosines as (

    -- embeddings of this method have length 1
    select
        article_id,
        sum(number * chosen_number) as cosine
    from numbers
    group by article_id

)

select
    cosines.article_id,
    articles.name,
    articles.product_type,
    round(cast(cosines.cosine as numeric), 3) as cosine
from cosines
inner join recs.article_details as articles on cosines.article_id = articles.article_id
order by cosines.cosine desc, cosines.article_id
limit 20
