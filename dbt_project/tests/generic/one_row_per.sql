{#-
    Fails on every combination of the key columns that stands in more than one row, or has a null in it; with `of_sample`,
    among the rows of a sample of the customers (`in_sample`).
-#}
{% test one_row_per(model, key, of_sample=false) %}
select
    {{ key | join(', ') }},
    count(*) as rows_with_this_key
from {{ model }}
{%- if of_sample %}
where {{ in_sample('customer_key') }}
{%- endif %}
group by {{ key | join(', ') }}
having
    count(*) > 1
    {%- for column in key %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
