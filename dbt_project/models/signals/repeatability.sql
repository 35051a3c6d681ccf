select
    article_key,
    cast(repeat_share as real) as repeat_share,
    cast(repeat_rate as real) as repeat_rate,
    cast(repeat_rate_of_type as real) as repeat_rate_of_type
from {{ ref('repeat_rates') }}
