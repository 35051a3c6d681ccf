-- Values of each attribute by which customers differ: how many buy at least half as much again of it as all customers.
select
    attribute,
    value,
    count(*) as customers,
    round(cast(avg(share) as numeric), 3) as mean_share,
    round(cast(avg(affinity) as numeric), 2) as mean_affinity
from recs.customer_preferences
where affinity >= 1.5
group by attribute, value
order by attribute, count(*) desc, value
