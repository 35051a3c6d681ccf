select
    candidates.target_week,
    candidates.customer_key,
    candidates.article_key,
    {%- for signal in signals() %}
    {{ bucket_of(signal.name) }} as {{ signal.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('candidates') }} as candidates
cross join {{ ref('blend_lookup') }}
