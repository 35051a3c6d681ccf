{#- Bins of the days since a purchase, ever longer: within one, the chance of buying again is taken as even. -#}
{% macro days_since_bins() -%}
    {{ return([
        (0, 7), (7, 14), (14, 21), (21, 28), (28, 42), (42, 56), (56, 84), (84, 140), (140, 280), (280, 100000)
    ]) }}
{%- endmacro %}

{#- The bin in which the middle of the target week lies, for a purchase this many days before it. -#}
{% macro days_since_bin(days_since) -%}
    case
        {%- for bin in days_since_bins() %}
        when {{ days_since }} + 3 <= {{ bin[1] }} then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}
