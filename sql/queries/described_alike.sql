-- Articles with similar descriptions: the cosine of embeddings (here to the article that most lists show).
with most_listed as (

    select article_id
    from recs.recommendations
    group by article_id
    order by count(*) desc, article_id
    limit 1

),

chosen as (

    select embeddings.*
    from recs.article_embeddings as embeddings
    inner join most_listed on embeddings.article_id = most_listed.article_id
    where embeddings.method = 'content'

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
