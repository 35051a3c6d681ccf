select
    signal,
    bucket,
    lower,
    upper,
    points,
    default_points
from {{ ref('signal_shapes') }}
