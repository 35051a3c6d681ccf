select flatten(list(points order by first_week)) as points
from {{ ref('shared_points') }}
