select
    customer_key,
    cast(visits as real) as visits,
    cast(days_between_visits as real) as days_between_visits,
    cast(days_since_visit as real) as days_since_visit,
    cast(articles_per_visit as real) as articles_per_visit
from {{ ref('customer_activity') }}
