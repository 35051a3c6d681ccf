{#-
    One line per id of a catalogue that may have several. Each column has its most frequent value, of equally frequent values the longest, of equally
    long ones the last in order. A catalogue that was made from transactions repeats the usual name of an article hundreds of times, beside a
    name that somebody typed once. `catalogue` is a CTE.
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

-- ids with several lines, usually few: counting the values of all ids would take much memory
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
