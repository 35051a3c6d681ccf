-- share and affinity of customer_attribute_shares, and how overdue the customer is for any article of the type
select
    preferences.customer_key,
    preferences.value_key as product_type_key,
    cast(preferences.share as real) as type_share,
    cast(preferences.affinity as real) as type_affinity,
    cast(habits.days_since as real) as type_days_since,
    cast(
        cast(habits.days_since + 3.5 as double) * (habits.purchases - 1)
        / nullif(habits.days_known - habits.days_since, 0) as real
    ) as type_overdue
from {{ ref('customer_attribute_shares') }} as preferences
inner join {{ ref('type_habits') }} as habits
    on
        preferences.customer_key = habits.customer_key
        and preferences.value_key = habits.product_type_key
where preferences.attribute = 'product_type'
