{#- The ground truth: what each customer bought in the target week, of the articles that the list might have shown. -#}
{% macro bought_in_target_week() -%}
select distinct
    bought.customer_key,
    bought.article_key
from {{ ref('transactions') }} as bought
{{ without_hidden('bought') }}
where {{ in_target_week('bought.t_dat') }}
{%- endmacro %}
