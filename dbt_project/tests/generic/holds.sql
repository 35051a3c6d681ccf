{#-
    Fails on every row for which the condition is not true; with `of_first_block`, among the rows of the first `customers_per_block`
    customers.
-#}
{% test holds(model, condition, of_first_block=false) %}
select *
from {{ model }}
where
    ({{ condition }}) is distinct from true
{%- if of_first_block %}
    and {{ in_first_block('customer_key') }}
{%- endif %}
{% endtest %}
