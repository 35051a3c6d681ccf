{#- The first day of the week to recommend for, in an expression. -#}
{% macro target_week() -%}
    (select the_week.target_week from {{ ref('target_week') }} as the_week)
{%- endmacro %}

{#-
    The rule of time: features read only rows strictly before the target week. Called from another project that has recs as a package, dbt finds a macro
    within a macro only with the name of its package: `recs.target_week`.
-#}
{% macro before_target_week(date_column) -%}
    {{ date_column }} < {{ recs.target_week() }}
{%- endmacro %}

{#- Whole days from a date to the target week: 1 for the day before it. -#}
{% macro days_before_target_week(date_column) -%}
    date_diff('day', {{ date_column }}, {{ recs.target_week() }})
{%- endmacro %}

{#- Number of the week before the target week in which a date lies: 1 for the last seven days. -#}
{% macro weeks_before_target_week(date_column) -%}
    cast(ceil({{ recs.days_before_target_week(date_column) }} / 7) as integer)
{%- endmacro %}

{#- True in the target week itself, which only evaluation and training may read. -#}
{% macro in_target_week(date_column) -%}
    {{ date_column }} >= {{ recs.target_week() }}
    and {{ date_column }} < {{ recs.target_week() }} + 7
{%- endmacro %}

{#-
    A day of the week that `text` names: a day (2020-09-23), or an ISO week (2020-W39), which names the week that starts within it and so holds its
    Sunday.
-#}
{% macro day_in_week(text) -%}
    {%- set iso_week = (text | upper | replace('-', '')).split('W') -%}
    {%- if iso_week | length == 2 -%}
    {#- 4 January lies in the first week #}
    {{ first_day_of_week("date '" ~ iso_week[0] ~ "-01-04'", "'Monday'") }} + {{ 7 * (iso_week[1] | int) - 1 }}
    {%- else -%}
    date '{{ text }}'
    {%- endif -%}
{%- endmacro %}

{#-
    The first day of the week that a day lies in, where weeks start on `week_starts_on`, the English name of a day. Days are counted from a Monday.
-#}
{% macro first_day_of_week(day, week_starts_on) -%}
    {{ day }} - cast((
        date_diff('day', date '0001-01-01', {{ day }}) + 8 - array_position({{ weekdays() }}, {{ week_starts_on }})
    ) % 7 as integer)
{%- endmacro %}

{#- The weekday on which weeks start, an English name: that of the day `as_of` if one is given, else the loader's, a column of `dataset`. -#}
{% macro week_starts_on(dataset) -%}
    {%- if var('as_of') -%}
    {{ weekdays() }}[cast(date_diff('day', date '0001-01-01', date '{{ var("as_of") }}') % 7 + 1 as integer)]
    {%- else -%}
    {{ dataset }}.week_starts_on
    {%- endif -%}
{%- endmacro %}

{#- The English names of the days, from Monday on: a list in SQL. -#}
{% macro weekdays() -%}
    ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
{%- endmacro %}

{#- The text of the day or week that is asked for; empty without one. -#}
{% macro asked_for() -%}
    {{ var('as_of') or var('target_week') }}
{%- endmacro %}

{#-
    Incremental tables by week, tagged `kept_weeks`: each row has its `week` and, as `week_version`, the version of the week's lines from which it
    was built (`staging.weeks`). A build deletes the weeks whose version has changed, and builds only these. One macro is the hook that deletes,
    the other selects the weeks that the model then builds.
-#}
{% macro delete_outdated_weeks(last_weeks=none) -%}
    {%- if is_incremental() %}
    delete from {{ this }}
    where (week, week_version) not in ({{ kept_weeks(last_weeks) }}) or week_version is null
    {%- endif %}
{%- endmacro %}

{#- Weeks that this build must add to the table: `week, week_version`. -#}
{% macro weeks_to_make(last_weeks=none) -%}
    {{ kept_weeks(last_weeks) }}
    {%- if is_incremental() %}
    except
    select distinct
        week,
        week_version
    from {{ this }}
    {%- endif %}
{%- endmacro %}

{#- Weeks that the table holds: all for a table of staging, else those before the target week, or only the last `last_weeks` of them. -#}
{% macro kept_weeks(last_weeks=none) -%}
    select
        week,
        version as week_version
    from {{ ref('weeks') }}
    {%- if model.schema != 'staging' %}
    where
        {{ before_target_week('week') }}
        {%- if last_weeks %}
        and {{ weeks_before_target_week('week') }} <= {{ last_weeks }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}

{#- A hash of everything besides the lines that such tables depend on: settings, and the models themselves. -#}
{% macro shape_of_kept_weeks() -%}
    {%- set shape = ['max_basket_size ' ~ var('max_basket_size'), 'signals_version ' ~ signals_version()] -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- for node in nodes | sort(attribute='name') if 'kept_weeks' in node.tags -%}
        {%- do shape.append(node.name ~ ' ' ~ node.checksum.checksum) -%}
    {%- endfor -%}
    {{ local_md5(shape | join(', ')) }}
{%- endmacro %}

{#- Hook of an incremental table that keeps the rows of other target weeks, and replaces those of this one. -#}
{% macro delete_target_week() -%}
    {%- if is_incremental() %}
    delete from {{ this }} where target_week = {{ target_week() }}
    {%- endif %}
{%- endmacro %}

{#- The usual number of lines of a week, beside each week: the median of the four weeks with lines before it. -#}
{% macro usual_lines(lines) -%}
    median({{ lines }}) over (order by week rows between 4 preceding and 1 preceding)
{%- endmacro %}

{#- Whether a week has less than a third of the lines of a usual one. -#}
{% macro is_short(lines, usual_lines) -%}
    3 * {{ lines }} < {{ usual_lines }}
{%- endmacro %}

{#-
    The week to recommend for unless one is asked for: the one after the last week with lines; or that last week itself if the data were cut in it.
    They were if its purchases are not known to its end, and it has less than a third of the lines of a usual week (the median of the four weeks before).
    `days` is as for `first_stray_day`, whose lines count for no week; `loaded_on` as for `known_until`.
-#}
{% macro default_week(days, loaded_on) -%}
(
    select
        last_week.week + case
            when {{ known_until(days, loaded_on) }} < last_week.week + 6 and {{ is_short('last_week.lines', 'last_week.usual_lines') }} then 0
            else 7
        end
    from (
        select
            week,
            sum(lines) as lines,
            {{ usual_lines('sum(lines)') }} as usual_lines
        from {{ days }}
        where coalesce(transaction_date < {{ first_stray_day(days) }}, true)
        group by week
        qualify row_number() over (order by week desc) = 1
    ) as last_week
)
{%- endmacro %}

{#-
    The day until which all purchases are taken to be known: the last one with lines, or a later one of the same week if the shop sells nothing on the
    weekdays between, as on Sundays. The last 28 days with lines show on which weekdays it sells, if they lie in four weeks or more.
    `days` is as for `first_stray_day`; nothing is known after `loaded_on`, the day of the load.
-#}
{% macro known_until(days, loaded_on) -%}
(
    select
        least(
            max(latest.last_day) + case
                when count(distinct latest.days_ago - latest.days_ago % 7) >= 4 then 6 - max(latest.days_ago % 7)
                else 0
            end,
            max(latest.last_week) + 6,
            {{ loaded_on }}
        )
    from (
        select
            max(transaction_date) over () as last_day,
            max(week) over () as last_week,
            cast(date_diff('day', transaction_date, max(transaction_date) over ()) as integer) as days_ago
        from {{ days }}
        where coalesce(transaction_date < {{ first_stray_day(days) }}, true)
        order by transaction_date desc
        limit 28
    ) as latest
)
{%- endmacro %}

{#-
    The first stray day: the first of a few lines that lie far after all others, whose dates are probably wrong; null without such lines. `days` has
    one row per day (`transaction_date`), with its `week` and its `lines`. The longer a gap without lines, the more lines must follow it for the shop to
    have opened again: after a year as many as the median week before the gap has, after half a year a quarter of them, after a month
    less than one in a hundred. No line is stray after a gap of four weeks or less.
-#}
{% macro first_stray_day(days) -%}
(
    select min(judged.transaction_date)
    from (
        select lines_before.transaction_date
        from (
            select
                gaps.transaction_date,
                gaps.days_without_lines,
                gaps.lines_from_then_on,
                sum(before.lines) as lines_of_week
            from (
                select
                    transaction_date,
                    date_diff(
                        'day', lag(transaction_date) over (order by transaction_date), transaction_date
                    ) as days_without_lines,
                    sum(lines) over (order by transaction_date desc) as lines_from_then_on
                from {{ days }}
            ) as gaps
            inner join {{ days }} as before on gaps.transaction_date > before.transaction_date
            where gaps.days_without_lines > 28
            group by gaps.transaction_date, gaps.days_without_lines, gaps.lines_from_then_on, before.week
        ) as lines_before
        group by lines_before.transaction_date, lines_before.days_without_lines, lines_before.lines_from_then_on
        having
            lines_before.lines_from_then_on
            < least(power(lines_before.days_without_lines / 365, 2), 1) * median(lines_before.lines_of_week)
    ) as judged
)
{%- endmacro %}
