{#- The ground truth: articles that a customer bought in the target week, without those that `hide_bought_days` hides. -#}
{% macro bought_in_target_week() -%}
select distinct
    bought.customer_key,
    bought.article_key
from {{ ref('transactions') }} as bought
{{ without_hidden('bought') }}
where {{ in_target_week('bought.transaction_date') }}
{%- endmacro %}
