{#-
    One line per id of a catalogue that may have several: of the values of a column the most frequent one, of equally frequent ones the
    longest, of equally long ones the last in order. A catalogue that was taken from the lines of sales has the usual name of an article
    hundreds of times, and beside it what somebody once typed instead. `catalogue` is a CTE.
-#}
{% macro one_line_each(catalogue, id, columns) -%}
select
    {{ catalogue }}.{{ id }},
    {%- for column in columns %}
    {{ catalogue }}.{{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ catalogue }}
anti join ({{ repeated_ids(catalogue, id) }}) as repeated on {{ catalogue }}.{{ id }} = repeated.{{ id }}

union all

-- few as a rule: to count the values of every line takes much memory
select
    {{ catalogue }}.{{ id }},
    {%- for column in columns %}
    list_max(list_transform(
        map_entries(histogram({{ catalogue }}.{{ column }})),
        lambda entry: row(entry.value, length(cast(entry.key as varchar)), entry.key)
    ))[3] as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ catalogue }}
semi join ({{ repeated_ids(catalogue, id) }}) as repeated on {{ catalogue }}.{{ id }} = repeated.{{ id }}
group by {{ catalogue }}.{{ id }}
{%- endmacro %}

{% macro repeated_ids(catalogue, id) -%}
select {{ id }} from {{ catalogue }} group by {{ id }} having count(*) > 1
{%- endmacro %}
