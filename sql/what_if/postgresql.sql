-- The latest list of a customer.
create or replace function recs.recommend(customer text)
returns table (
    rank integer, article_id text, name text, product_type text, score double precision,
    reason text, main_signal text, because_of_article_id text, rules text
)
language sql stable
as $$
select
    lists.rank,
    lists.article_id,
    lists.name,
    lists.product_type,
    lists.score,
    lists.reason,
    lists.main_signal,
    lists.because_of_article_id,
    lists.rules
from recs.recommendations_explained as lists
where
    lists.customer_id = customer
    and lists.target_week = (select max(runs.target_week) from recs.runs as runs where runs.is_live)
order by lists.rank
$$;

-- The same articles in the order of other weights, each a factor of what its signal gives; 1 where none is named.
-- Points of a pair of signals are multiplied by both factors. A rule's name is free text: it may hold what joins a pair.
create or replace function recs.recommend_with(customer text, weights jsonb)
returns table (
    rank integer, article_id text, name text, product_type text, score double precision, rank_before integer
)
language sql stable
as $$
with weighted as (

    select
        lists.article_id,
        lists.name,
        lists.product_type,
        lists.rank as rank_before,
        coalesce((
            select
                sum(
                    parts.points::double precision
                    * coalesce((weights ->> parts.names[1])::double precision, 1)
                    * coalesce((weights ->> parts.names[2])::double precision, 1)
                )
            from (
                select
                    contributions.points,
                    case
                        when starts_with(contributions.signal, 'rule ') then array[contributions.signal]
                        else string_to_array(contributions.signal, ' & ')
                    end as names
                from jsonb_each(lists.contributions) as contributions (signal, points)
            ) as parts
        ), 0) as score
    from recs.recommendations_explained as lists
    where
        lists.customer_id = customer
        and lists.target_week = (select max(runs.target_week) from recs.runs as runs where runs.is_live)

)

select
    cast(row_number() over (order by weighted.score desc, weighted.rank_before) as integer) as rank,
    weighted.article_id,
    weighted.name,
    weighted.product_type,
    weighted.score,
    weighted.rank_before
from weighted
order by rank
$$;

-- The articles most like one, by a method such as item_cf, copurchase or tfidf.
create or replace function recs.similar(article text, by_method text)
returns table (rank integer, article_id text, name text, product_type text, similarity double precision)
language sql stable
as $$
select
    neighbours.rank,
    neighbours.similar_article_id,
    articles.name,
    articles.product_type,
    neighbours.similarity
from recs.similar_articles as neighbours
inner join recs.article_details as articles on neighbours.similar_article_id = articles.article_id
where
    neighbours.article_id = article
    and neighbours.method = by_method
order by neighbours.rank
$$;

-- Articles bought with those of a basket, for any customer; articles that go with several of them come first.
create or replace function recs.also_bought(basket text [])
returns table (
    rank integer, article_id text, name text, product_type text, similarity double precision, because_of_article_id text
)
language sql stable
as $$
with neighbours as (

    select
        similar_articles.similar_article_id as article_id,
        sum(similar_articles.similarity order by similar_articles.article_id) as similarity,
        (array_agg(
            similar_articles.article_id order by similar_articles.similarity desc, similar_articles.article_id
        ))[1] as because_of_article_id
    from recs.similar_articles as similar_articles
    where
        similar_articles.method = 'copurchase'
        and similar_articles.article_id = any(basket)
        and similar_articles.similar_article_id != all(basket)
    group by similar_articles.similar_article_id

)

select
    cast(row_number() over (order by neighbours.similarity desc, neighbours.article_id) as integer) as rank,
    neighbours.article_id,
    articles.name,
    articles.product_type,
    neighbours.similarity,
    neighbours.because_of_article_id
from neighbours
inner join recs.article_details as articles on neighbours.article_id = articles.article_id
order by rank
limit 50
$$;

-- Bestsellers of last week in a segment (or in all).
create or replace function recs.popular(in_segment text)
returns table (
    rank integer, article_id text, name text, product_type text, units bigint, trend double precision
)
language sql stable
as $$
select
    popular.rank,
    popular.article_id,
    articles.name,
    articles.product_type,
    popular.units,
    popular.trend
from recs.popular_articles as popular
inner join recs.article_details as articles on popular.article_id = articles.article_id
where
    popular.segment = in_segment
    and popular.rank <= 100
order by popular.rank
$$;
