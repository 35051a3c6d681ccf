-- A window of seven days, counted back from the target week.
{{ copurchase(occasion=weeks_before_target_week('t_dat')) }}
