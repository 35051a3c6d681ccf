{#-
    The first of the days that lie far after the rest and hold next to nothing; null where there are none. `days` has one row per day
    (`t_dat`), with its `week` and its `lines`. The longer nothing was bought, the more must follow for the shop to have opened again
    rather than a date to be wrong: after a year as many lines as a usual week has, after half a year a quarter of
    them, after a month hardly one in a hundred. A gap of four weeks or less never makes what follows stray.
-#}
{% macro first_stray_day(days) -%}
(
    select min(gaps.t_dat)
    from (
        select
            t_dat,
            t_dat - lag(t_dat) over (order by t_dat) as days_without_lines,
            sum(lines) over (order by t_dat desc) as lines_from_then_on
        from {{ days }}
    ) as gaps
    where
        gaps.days_without_lines > 28
        and gaps.lines_from_then_on < least(power(gaps.days_without_lines / 365.0, 2), 1) * (
            select median(weeks.lines)
            from (
                select
                    before.week,
                    sum(before.lines) as lines
                from {{ days }} as before
                where before.t_dat < gaps.t_dat
                group by before.week
            ) as weeks
        )
)
{%- endmacro %}
