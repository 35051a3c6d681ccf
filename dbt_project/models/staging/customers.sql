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

    {{ one_line_each(
        'catalogue', 'customer_id', ['age', 'age_band', 'income', 'membership', 'newsletter', 'active', 'region']
    ) | indent(4) }}

),

described as (

    select
        keys.customer_key,
        keys.customer_id,
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

),

-- a customer who was erased from the catalogue and from all lines keeps a key, and nothing else
erased as (

    select described.customer_key
    from described
    anti join {{ ref('transactions') }} as transactions on described.customer_key = transactions.customer_key
    anti join {{ ref('returns') }} as returns on described.customer_id = returns.customer_id
    where not described.in_catalogue

),

segmented as (

    select
        *,
        cast(row_number() over (order by customer_id) as integer) as customer_order,
        -- never null: a rule for all segments would leave such customers out
        coalesce(cast({{ var('segment_by') }} as varchar), 'unknown') as segment
    from described
    anti join erased on described.customer_key = erased.customer_key

),

-- few: ranked by themselves they need no sort of all customers
segments as (

    select
        segment,
        cast(row_number() over (order by segment) as integer) as segment_key
    from segmented
    group by segment

)

select
    segmented.customer_key,
    segmented.customer_id,
    segmented.customer_order,
    segmented.in_catalogue,
    segmented.age,
    segmented.age_band,
    segmented.income,
    segmented.membership,
    segmented.newsletter,
    segmented.active,
    segmented.region,
    segmented.segment,
    segments.segment_key
from segmented
inner join segments on segmented.segment = segments.segment
