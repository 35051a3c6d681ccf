{#-
    After a build of lists, customers absent from the last load lose their id and their lists of earlier weeks. The key stays, so that no other customer
    gets it. `recs forget` writes the same in place of an id (recs_py/publishing/erasure.py).
-#}
{% macro forget_absent_customers(results) -%}
    {%- set customers, keys, lists = ref('customers'), ref('customer_keys'), ref('rankings') -%}
    {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.name') | list -%}
    {%- if execute and not flags.EMPTY and 'customers' in made and 'rankings' in made %}
    {#- `not exists`: for a `not in` Spark compares every row with every customer #}
    update {{ keys }} set customer_id = 'forgotten ' || customer_key
    where
        not exists (select 1 from {{ customers }} as present where present.customer_key = {{ keys.identifier }}.customer_key)
        and customer_id != 'forgotten ' || customer_key;
    delete from {{ lists }}
    where not exists (select 1 from {{ customers }} as present where present.customer_key = {{ lists.identifier }}.customer_key)
    {%- endif %}
{%- endmacro %}
