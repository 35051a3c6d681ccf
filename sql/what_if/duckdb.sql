-- The latest list of a customer.
create macro recs.recommend(customer) as table
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
order by lists.rank;

-- The same articles in the order of other weights, each a factor of what its signal gives; 1 where none is named.
-- Points of a pair of signals are multiplied by both factors. A rule's name is free text that may hold ' & ', so it is not
-- split. A factor of an unknown rule is no error: the rule may act in another week.
create macro recs.recommend_with(customer, weights) as table
with given as (

    -- a struct, a map or JSON; looked up in a map, names need no escaping
    select cast(cast(weights as json) as map(varchar, double)) as by_signal

),

factors as (

    select
        case
            when unknown.name is null then given.by_signal
            else error(
                'There is no signal ' || unknown.name
                || ', for which recommend_with was given a factor: recs.signals has their names'
            )
        end as by_signal
    from given
    cross join (
        select min(names.name) as name
        from (select unnest(map_keys(given.by_signal)) as name from given) as names
        where
            not starts_with(names.name, 'rule ')
            and names.name not in (select signals.signal from recs.signals as signals where signals.number is not null)
    ) as unknown

),

weighted as (

    select
        lists.article_id,
        lists.name,
        lists.product_type,
        lists.rank as rank_before,
        coalesce(list_sum(list_transform(
            lists.contributions,
            lambda part: part.points * list_product(list_transform(
                case
                    when starts_with(part.signal, 'rule ') then [part.signal]
                    else string_split(part.signal, ' & ')
                end,
                lambda signal: coalesce(factors.by_signal[signal], 1)
            ))
        )), 0) as score
    from recs.recommendations_explained as lists
    cross join factors
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
order by rank;

-- The articles most like one, by a method such as item_cf, copurchase or tfidf.
create macro recs.similar(article, by_method) as table
select
    neighbours.rank,
    neighbours.similar_article_id as article_id,
    articles.name,
    articles.product_type,
    neighbours.similarity
from recs.similar_articles as neighbours
inner join recs.article_details as articles on neighbours.similar_article_id = articles.article_id
where
    neighbours.article_id = article
    and neighbours.method = by_method
order by neighbours.rank;

-- Articles bought with those of a basket, for any customer; articles that go with several of them come first.
create macro recs.also_bought(basket) as table
with neighbours as (

    select
        similar_articles.similar_article_id as article_id,
        sum(similar_articles.similarity order by similar_articles.article_id) as similarity,
        min_by(similar_articles.article_id, (-similar_articles.similarity, similar_articles.article_id))
            as because_of_article_id
    from recs.similar_articles as similar_articles
    where
        similar_articles.method = 'copurchase'
        and similar_articles.article_id in (select unnest(basket))
        and not list_contains(basket, similar_articles.similar_article_id)
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
limit 50;

-- Bestsellers of last week in a segment (or in all).
create macro recs.popular(in_segment) as table
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
order by popular.rank;
