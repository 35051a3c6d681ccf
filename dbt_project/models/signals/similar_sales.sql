-- expected popularity of an article that was never sold: the mean over the articles with the most similar texts
select
    unsold.article_key,
    cast(
        {{ fixed_sum('neighbours.similarity * popularity.purchases_decayed') }}
        / {{ fixed_sum('neighbours.similarity') }} as real
    ) as similar_sales
from {{ ref('eligible_articles') }} as unsold
anti join {{ ref('article_popularity') }} as sold on unsold.article_key = sold.article_key
inner join {{ ref('tfidf_neighbours') }} as neighbours on unsold.article_key = neighbours.article_key
inner join {{ ref('article_popularity') }} as popularity on neighbours.similar_article_key = popularity.article_key
group by unsold.article_key
