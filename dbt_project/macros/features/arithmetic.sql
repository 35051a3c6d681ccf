{#-
    A sum that is the same in any order. Threads add floats in whatever order they finish, and the last digit then
    decides a rank; sums of integers cannot differ. Six decimals, up to about 9e12.
-#}
{% macro fixed_sum(expression, over=none) -%}
    (cast(
        sum(cast(round(({{ expression }}) * 1000000) as bigint)){{ ' over (' ~ over ~ ')' if over is not none }} as double
    ) / 1000000)
{%- endmacro %}

{#- The largest sum that `fixed_sum` can hold. -#}
{% macro largest_fixed_sum() -%}
    9000000000000
{%- endmacro %}

{#- Weight of an event `days` days ago: 0.5 ^ (days / half_life), 1 on the day itself. -#}
{% macro half_life_decay(days, half_life) -%}
    power(0.5, ({{ days }}) / {{ half_life }})
{%- endmacro %}

{#-
    Number of events, each weighted by `half_life_decay`. The result equals their `fixed_sum` and is as exact, since doubles add whole numbers
    without loss up to 9e15; it takes half the memory.
-#}
{% macro decayed_count(days, half_life) -%}
    (sum(round({{ half_life_decay(days, half_life) }} * 1000000)) / 1000000)
{%- endmacro %}

{#-
    Last week's units against the average of the last four weeks: 1 is steady, 2 has doubled. One more unit on either
    side keeps a new or dying article from an endless trend.
-#}
{% macro trend(units_1_week, units_4_weeks) -%}
    ({{ units_1_week }} + 1) / ({{ units_4_weeks }} / 4 + 1)
{%- endmacro %}
