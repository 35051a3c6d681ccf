-- rate per week at which a purchase this many days ago is followed by another one, for the article and for its type;
-- hazard_of_habit: times the square root of the customer's purchases of the article per visit
select
    history.customer_key,
    history.article_key,
    cast(hazards.hazard as real) as hazard,
    cast(hazards.hazard_of_type as real) as hazard_of_type,
    cast(
        hazards.hazard * sqrt(history.purchases_decayed_lasting / nullif(activity.visits_decayed_lasting, 0)) as real
    ) as hazard_of_habit
from {{ ref('customer_articles') }} as history
inner join {{ ref('scored_customers') }} as customers on history.customer_key = customers.customer_key
inner join {{ ref('eligible_articles') }} as eligible on history.article_key = eligible.article_key
inner join {{ ref('customer_activity') }} as activity on history.customer_key = activity.customer_key
inner join {{ ref('repeat_hazards') }} as hazards
    on
        history.article_key = hazards.article_key
        and {{ days_since_bin('history.days_since_last') }} = hazards.bin
