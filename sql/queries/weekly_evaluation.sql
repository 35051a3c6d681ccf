-- Accuracy of the lists of past weeks: the blend beside each baseline, on the same customers.
select
    blend.target_week,
    blend.customers,
    round(cast(blend.value as numeric(18, 6)), 4) as blend,
    comparisons.other_system,
    round(cast(comparisons.difference as numeric(18, 6)), 4) as blend_is_better_by,
    round(cast(comparisons.ci_low as numeric(18, 6)), 4) as ci_low,
    round(cast(comparisons.ci_high as numeric(18, 6)), 4) as ci_high
from recs.evaluation as blend
inner join recs.comparisons as comparisons
    on
        blend.target_week = comparisons.target_week
        and blend.system = comparisons.system
        and blend.segment = comparisons.segment
        and blend.metric = comparisons.metric
        and blend.k = comparisons.k
where
    blend.system = 'blend'
    and blend.segment = 'all'
    and blend.metric = 'map_kaggle'
    and blend.k = (select max(k) from recs.evaluation)
order by blend.target_week desc, comparisons.difference desc, comparisons.other_system
