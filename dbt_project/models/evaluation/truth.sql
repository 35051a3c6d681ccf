-- Nothing while the week has not ended: half a week would be half a truth.
with bought as (

    {{ bought_in_target_week() | indent(4) }}

)

select *
from bought
where (select last_day from {{ ref('target_week') }}) >= {{ target_week() }} + 6
