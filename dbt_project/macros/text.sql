{#-
    A text without the spaces around it; null where nothing is left. Few texts have a space or a letter beyond ASCII (whose spaces `trim` knows too),
    and to look for one takes a third of the time of `trim`, which writes every text anew.
-#}
{% macro trimmed(column) -%}
    case
        when {{ column }} = '' or contains({{ column }}, ' ') or strlen({{ column }}) != length({{ column }})
            then nullif(trim({{ column }}), '')
        else {{ column }}
    end
{%- endmacro %}

{#- A value of a setting or a name as a text in SQL, whatever quotes it has. -#}
{% macro literal(value) -%}
    '{{ value | string | replace("'", "''") }}'
{%- endmacro %}
