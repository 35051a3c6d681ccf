-- Values with the worth of at least one purchase: of customers who bought little or long ago nothing is known.
select
    customers.customer_id,
    preferences.attribute,
    preferences.value,
    cast(preferences.purchases_decayed as real) as purchases_decayed,
    cast(preferences.share as real) as share,
    cast(preferences.affinity as real) as affinity
from {{ ref('customer_attribute_shares') }} as preferences
inner join {{ ref('customers') }} as customers on preferences.customer_key = customers.customer_key
where
    {{ var('published_preferences') }} > 0
    and preferences.purchases_decayed >= 1
qualify
    row_number() over (
        partition by preferences.customer_key, preferences.attribute
        order by preferences.purchases_decayed desc, preferences.value
    ) <= {{ var('published_preferences') }}
