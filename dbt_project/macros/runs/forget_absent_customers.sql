{#-
    After a build of lists, customers absent from the last load lose their id and their lists of earlier weeks. The key stays, so that no other customer
    gets it. `recs forget` writes the same in place of an id (recs_py/publishing/erasure.py).
-#}
{% macro forget_absent_customers(results) -%}
    {%- set customers, keys, lists = ref('customers'), ref('customer_keys'), ref('rankings') -%}
    {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- if execute and not flags.EMPTY and 'customers' in made and 'rankings' in made %}
    update {{ keys }} set customer_id = 'forgotten ' || customer_key
    where customer_key not in (select customer_key from {{ customers }}) and customer_id != 'forgotten ' || customer_key;
    delete from {{ lists }} where customer_key not in (select customer_key from {{ customers }})
    {%- endif %}
{%- endmacro %}
