{#-
    The first stray day: the first of a few lines that lie far after all others, whose dates are probably wrong; null without such lines. `days` has
    one row per day (`t_dat`), with its `week` and its `lines`. The longer a gap without lines, the more lines must follow it for the shop to
    have opened again: after a year as many as the median week before the gap has, after half a year a quarter of them, after a month
    less than one in a hundred. No line is stray after a gap of four weeks or less.
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
