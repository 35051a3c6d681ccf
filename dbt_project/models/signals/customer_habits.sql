select
    customer_key,
    cast(trips as real) as trips,
    cast(days_between_trips as real) as days_between_trips,
    cast(days_since_trip as real) as days_since_trip,
    cast(articles_per_trip as real) as articles_per_trip
from {{ ref('customer_activity') }}
