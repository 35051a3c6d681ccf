{#- The first day of the week to recommend for, in an expression. -#}
{% macro target_week() -%}
    (select the_week.target_week from {{ ref('target_week') }} as the_week)
{%- endmacro %}

{#- The rule of time: features read only rows strictly before the target week. -#}
{% macro before_target_week(date_column) -%}
    {{ date_column }} < {{ target_week() }}
{%- endmacro %}

{#- Whole days from a date to the target week: 1 for the day before it. -#}
{% macro days_before_target_week(date_column) -%}
    {{ target_week() }} - {{ date_column }}
{%- endmacro %}

{#- Number of the week before the target week in which a date lies: 1 for the last seven days. -#}
{% macro weeks_before_target_week(date_column) -%}
    cast(ceil(({{ days_before_target_week(date_column) }}) / 7.0) as integer)
{%- endmacro %}

{#- True in the target week itself, which only evaluation and training may read. -#}
{% macro in_target_week(date_column) -%}
    {{ date_column }} >= {{ target_week() }}
    and {{ date_column }} < {{ target_week() }} + 7
{%- endmacro %}

{#-
    A day of the week that `text` names: a day (2020-09-23), or an ISO week (2020-W39), which names the week that starts within it and so holds its
    Sunday.
-#}
{% macro day_in_week(text) -%}
    {%- set iso_week = (text | upper | replace('-', '')).split('W') -%}
    {%- if iso_week | length == 2 -%}
    cast(strptime('{{ iso_week[0] }}W{{ iso_week[1] }}-7', '%GW%V-%u') as date)
    {%- else -%}
    date '{{ text }}'
    {%- endif -%}
{%- endmacro %}

{#- The first day of the week that a day lies in, where weeks start on `week_starts_on`, the English name of a day. -#}
{% macro first_day_of_week(day, week_starts_on) -%}
    {{ day }} - cast((
        isodow({{ day }}) + 7 - list_position(
            ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'], {{ week_starts_on }}
        )
    ) % 7 as integer)
{%- endmacro %}
