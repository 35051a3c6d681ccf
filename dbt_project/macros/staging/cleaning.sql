{#-
    A text without the spaces around it; null where nothing is left. Few texts have a space or a letter beyond ASCII (whose spaces `trim` knows too),
    and to look for one takes a third of the time of `trim`, which copies every text.
-#}
{% macro trimmed(column) -%}
    case
        when {{ column }} = '' or contains({{ column }}, ' ') or bit_length({{ column }}) != 8 * length({{ column }})
            then nullif(trim({{ column }}), '')
        else {{ column }}
    end
{%- endmacro %}

{#-
    Dense integer keys for the ids of a catalogue and of the transactions. Append-only: a new id gets the next number,
    an id that has a key keeps it for ever, so whatever was built with keys stays right after the next load.
-#}
{% macro append_only_keys(entity, catalogue) %}
-- by themselves, or every line is asked once more whether its id is null
with sold as {{ materialized() }} (

    select distinct {{ entity }}_id
    from {{ ref('checked_transactions') }}
    where rejected_because is null

),

ids as (

    select {{ trimmed(entity ~ '_id') }} as {{ entity }}_id
    from {{ catalogue }}

    union

    select {{ entity }}_id
    from sold

),

known as (

    select
        {{ entity }}_id,
        {{ entity }}_key
    from {{ this if is_incremental() else "(select '' as " ~ entity ~ "_id, 0 as " ~ entity ~ "_key where false)" }}

),

fresh as (

    select ids.{{ entity }}_id
    from ids
    anti join known on ids.{{ entity }}_id = known.{{ entity }}_id
    where ids.{{ entity }}_id is not null

)

select
    {{ entity }}_id,
    cast(
        row_number() over (order by {{ entity }}_id)
        + (select coalesce(max({{ entity }}_key), 0) from known) as integer
    ) as {{ entity }}_key
from fresh
{% endmacro %}

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
    {{ usual_value(catalogue ~ '.' ~ column) }} as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ catalogue }}
semi join ({{ repeated_ids(catalogue, id) }}) as repeated on {{ catalogue }}.{{ id }} = repeated.{{ id }}
group by {{ catalogue }}.{{ id }}
{%- endmacro %}

{% macro repeated_ids(catalogue, id) -%}
select {{ id }} from {{ catalogue }} group by {{ id }} having count(*) > 1
{%- endmacro %}

{#- Age bands where a data set knows ages in years. -#}
{% macro age_band(age) -%}
    case
        when {{ age }} is null then null
        when {{ age }} < 20 then 'under 20'
        when {{ age }} < 25 then '20-24'
        when {{ age }} < 30 then '25-29'
        when {{ age }} < 35 then '30-34'
        when {{ age }} < 45 then '35-44'
        when {{ age }} < 55 then '45-54'
        when {{ age }} < 65 then '55-64'
        else '65+'
    end
{%- endmacro %}
