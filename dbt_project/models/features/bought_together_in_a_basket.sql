-- A basket is what one customer bought on one day.
{{ copurchase(occasion='t_dat') }}
