-- The version of a week is a hash, the same in any order, of its used lines, of their returns by the target week, and
-- of the models and settings that the incremental tables depend on.
with parts as (

    select
        week,
        lines,
        line_hash
    from {{ ref('days') }}

    union all

    select
        week,
        0 as lines,
        {{ hash_of(['transaction_date', 'customer_id', 'article_id', '-returned']) }} as line_hash
    from {{ ref('returned_purchases') }}

)

select
    week,
    cast(sum(lines) as bigint) as lines,
    {{ hash_of(['sum(lines)', 'sum(line_hash)', literal(shape_of_kept_weeks())]) }} as version
from parts
group by week
