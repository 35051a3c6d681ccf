select
    target_week,
    source,
    within,
    recall,
    share_of_purchases,
    candidates_per_customer,
    customers
from {{ ref('recall_of_candidates') }}
