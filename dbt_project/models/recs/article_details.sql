select
    articles.article_id,
    articles.name,
    articles.product_code,
    articles.product_type,
    articles.category,
    articles.department,
    articles.colour,
    articles.brand,
    coalesce(articles.name, articles.product_type, articles.department, articles.article_id) as display_name,
    articles.in_catalogue,
    popularity.first_sold,
    popularity.last_sold,
    coalesce(popularity.units_4_weeks, 0) as units_4_weeks
from {{ ref('articles') }} as articles
left join {{ ref('article_popularity') }} as popularity on articles.article_key = popularity.article_key
