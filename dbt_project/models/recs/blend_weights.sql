select
    signal,
    weight
from {{ ref('signal_weights') }}
