select
    signal,
    bucket,
    lower,
    upper,
    points
from {{ ref('signal_shapes') }}
