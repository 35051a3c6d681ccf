-- sum over the days on which the customer bought the article of 0.5 ^ (days ago / half-life), for three half-lives;
-- only what may be recommended now
select
    history.customer_key,
    history.article_key,
    cast(history.purchases_decayed as real) as repurchase,
    cast(history.purchases_decayed_recent as real) as repurchase_recent,
    cast(history.purchases_decayed_lasting as real) as repurchase_lasting
from {{ ref('customer_articles') }} as history
inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
inner join {{ ref('eligible_articles') }} as articles on history.article_key = articles.article_key
