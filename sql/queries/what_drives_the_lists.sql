-- Main reasons of the lists, by week: how often a signal is the main one, and its share of all points.
with reasons as (

    select
        target_week,
        main_signal,
        count(*) as times_main
    from recs.recommendations_explained
    group by target_week, main_signal

),

points_by_signal as (

    select
        target_week,
        signal,
        sum(points) as points
    from recs.contributions
    group by target_week, signal

)

select
    points_by_signal.target_week,
    points_by_signal.signal,
    coalesce(reasons.times_main, 0) as times_main,
    round(
        cast(
            points_by_signal.points
            / nullif(sum(points_by_signal.points) over (partition by points_by_signal.target_week), 0) as numeric
        ),
        3
    ) as share_of_points
from points_by_signal
left join reasons
    on
        points_by_signal.target_week = reasons.target_week
        and points_by_signal.signal = reasons.main_signal
order by points_by_signal.target_week desc, points_by_signal.points desc, points_by_signal.signal
