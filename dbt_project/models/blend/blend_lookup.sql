select
    {{ target_week() }} as target_week,
    live_lookup.*
from {{ ref('live_lookup') }} as live_lookup
