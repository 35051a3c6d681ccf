select
    article_key,
    article_order,
    lower(concat_ws(' ', name, product_type, category, department, colour, brand, text)) as article_text
from {{ ref('articles') }}
where in_catalogue
