select * from {{ ref('checked_rules') }}
