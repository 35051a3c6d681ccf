select
    signal,
    bucket,
    other_signal,
    other_bucket,
    points
from {{ ref('interaction_shapes') }}
