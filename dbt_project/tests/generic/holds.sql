{#-
    Fails on every row for which the condition is not true; with `of_sample`, among the rows of a sample of the customers (`in_sample`).
-#}
{% test holds(model, condition, of_sample=false) %}
select *
from {{ model }}
where
    ({{ condition }}) is distinct from true
{%- if of_sample %}
    and {{ in_sample('customer_key') }}
{%- endif %}
{% endtest %}
