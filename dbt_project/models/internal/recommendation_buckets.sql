select
    rankings.target_week,
    customers.customer_id,
    rankings.rank,
    articles.article_id,
    rankings.score,
    rankings.main_signal,
    rankings.second_signal,
    rankings.third_signal,
    because_of.article_id as because_of_article_id,
    rankings.times_bought,
    rankings.last_bought,
    rankings.usual_gap,
    rankings.packed_buckets,
    rankings.boost,
    rankings.boosted_by,
    rankings.rules
from {{ ref('rankings') }} as rankings
inner join {{ ref('customers') }} as customers on rankings.customer_key = customers.customer_key
inner join {{ ref('articles') }} as articles on rankings.article_key = articles.article_key
left join {{ ref('articles') }} as because_of on rankings.because_of_article_key = because_of.article_key
