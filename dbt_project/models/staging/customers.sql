with catalogue as (

    select
        {{ trimmed('customer_id') }} as customer_id,
        case when age between 5 and 115 then age end as age,
        {{ trimmed('age_band') }} as age_band,
        {{ trimmed('income') }} as income,
        {{ trimmed('membership') }} as membership,
        {{ trimmed('newsletter') }} as newsletter,
        {{ trimmed('active') }} as active,
        {{ trimmed('region') }} as region
    from {{ source('raw', 'customers') }}

),

one_line_each as (

    select *
    from catalogue
    qualify row_number() over (
        partition by customer_id
        order by age, age_band, income, membership, newsletter, active, region
    ) = 1

),

keyed as (

    select
        keys.customer_key,
        keys.customer_id,
        row_number() over (order by keys.customer_id) as customer_order,
        one_line_each.customer_id is not null as in_catalogue,
        one_line_each.age,
        coalesce(one_line_each.age_band, {{ age_band('one_line_each.age') }}) as age_band,
        one_line_each.income,
        one_line_each.membership,
        one_line_each.newsletter,
        one_line_each.active,
        one_line_each.region
    from {{ ref('customer_keys') }} as keys
    left join one_line_each on keys.customer_id = one_line_each.customer_id

)

select
    customer_key,
    customer_id,
    cast(customer_order as integer) as customer_order,
    in_catalogue,
    age,
    age_band,
    income,
    membership,
    newsletter,
    active,
    region,
    {{ customer_segment() }} as segment,
    cast(dense_rank() over (order by {{ customer_segment() }}) as integer) as segment_key
from keyed
