select *
from {{ ref('ranking') }}
