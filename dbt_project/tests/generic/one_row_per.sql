{#- Fails on every combination of the key columns that stands in more than one row, or has a null in it. -#}
{% test one_row_per(model, key) %}
select
    {{ key | join(', ') }},
    count(*) as rows_with_this_key
from {{ model }}
group by {{ key | join(', ') }}
having
    count(*) > 1
    {%- for column in key %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
