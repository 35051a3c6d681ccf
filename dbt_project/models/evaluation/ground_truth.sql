-- Empty until the week has ended: part of a week would be an incomplete ground truth.
with bought as (

    {{ bought_in_target_week() | indent(4) }}

)

select *
from bought
where (select known_until from {{ ref('target_week') }}) >= {{ target_week() }} + 6
