-- Decayed purchases of the article over decayed visits, over all decayed purchases, and over those of the product type.
-- Null where the denominator has decayed to 0.
select
    history.customer_key,
    history.article_key,
    cast(history.purchases_decayed / nullif(activity.visits_decayed_usual, 0) as real) as per_visit,
    cast(history.purchases_decayed_recent / nullif(activity.visits_decayed_recent, 0) as real) as per_visit_recent,
    cast(history.purchases_decayed_lasting / nullif(activity.visits_decayed_lasting, 0) as real) as per_visit_lasting,
    cast(history.purchases_decayed / nullif(activity.purchases_decayed_usual, 0) as real) as share_of_purchases,
    cast(
        history.purchases_decayed_lasting / nullif(activity.purchases_decayed_lasting, 0) as real
    ) as share_of_purchases_lasting,
    cast(history.purchases_decayed / nullif(types.purchases_decayed, 0) as real) as share_within_type
from {{ ref('customer_articles') }} as history
inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
inner join {{ ref('eligible_articles') }} as eligible on history.article_key = eligible.article_key
inner join {{ ref('customer_activity') }} as activity on history.customer_key = activity.customer_key
-- every row has a match; an inner join would let the planner begin with all types of a customer
left join {{ ref('type_habits') }} as types
    on
        history.customer_key = types.customer_key
        and coalesce(eligible.product_type_key, 0) = types.product_type_key
