-- the reasons are named after they are counted
with checked_lines as (

    select
        rejected_because,
        count(*) as lines,
        count(*) filter (where quantity_is_missing) as lines_without_quantity,
        count(*) filter (where price_is_impossible) as lines_with_impossible_price
    from {{ ref('checked_transactions') }}
    group by rejected_because

),

-- lines of purchases that were returned as a whole
returned_lines as (

    select coalesce(sum(lines), 0) as lines
    from {{ ref('returned_purchases') }}
    where returned = bought

),

-- lines of returns of which no piece was bought before
unexplained_returns as (

    select count(*) as lines
    from {{ ref('checked_transactions') }} as checked
    anti join {{ ref('returns') }} as returns
        on
            checked.transaction_date = returns.returned_on
            and checked.customer_id = returns.customer_id
            and checked.article_id = returns.article_id
    where
        checked.quantity < 0
        and checked.rejected_because = 'returned'

),

transaction_lines as (

    select
        'transactions' as source_table,
        case when checked_lines.rejected_because is null then 'used' else 'rejected' end as outcome,
        coalesce(checked_lines.rejected_because, 'as it is') as reason,
        checked_lines.lines - case
            when checked_lines.rejected_because is null then returned_lines.lines
            when checked_lines.rejected_because = 'returned' then unexplained_returns.lines
            else 0
        end as lines
    from checked_lines
    cross join returned_lines
    cross join unexplained_returns

    union all

    select
        'transactions',
        'rejected',
        'bought and returned',
        lines
    from returned_lines

    union all

    select
        'transactions',
        'rejected',
        'returned without an earlier purchase',
        lines
    from unexplained_returns

),

unknown_articles as (

    select article_keys.article_id
    from {{ ref('article_keys') }} as article_keys
    anti join {{ source('raw', 'articles') }} as catalogue
        on article_keys.article_id = {{ trimmed('catalogue.article_id') }}

),

unknown_customers as (

    select customer_keys.customer_id
    from {{ ref('customer_keys') }} as customer_keys
    anti join {{ source('raw', 'customers') }} as catalogue
        on customer_keys.customer_id = {{ trimmed('catalogue.customer_id') }}

),

mended_transactions as (

    select
        'transactions' as source_table,
        'mended' as outcome,
        'article is not in the catalogue: kept as an unknown article' as reason,
        count(*) as lines
    from {{ ref('checked_transactions') }} as checked
    semi join unknown_articles on checked.article_id = unknown_articles.article_id
    where checked.rejected_because is null

    union all

    select
        'transactions',
        'mended',
        'customer is not in the catalogue: kept as an unknown customer',
        count(*)
    from {{ ref('checked_transactions') }} as checked
    semi join unknown_customers on checked.customer_id = unknown_customers.customer_id
    where checked.rejected_because is null

    union all

    select
        'transactions',
        'mended',
        'partly returned: what was kept counts',
        coalesce(sum(lines), 0)
    from {{ ref('returned_purchases') }}
    where returned < bought

    union all

    select
        'transactions',
        'mended',
        'quantity is missing: taken as 1',
        lines_without_quantity
    from checked_lines
    where rejected_because is null

    union all

    select
        'transactions',
        'mended',
        'price is impossible: taken as unknown',
        lines_with_impossible_price
    from checked_lines
    where rejected_because is null

),

{% for entity in ['article', 'customer'] -%}
{{ entity }}_ids as (

    select {{ trimmed(entity ~ '_id') }} as id
    from {{ source('raw', entity ~ 's') }}

),

{{ entity }}_counts as (

    select
        unnest([
            { 'outcome': 'used', 'reason': 'as it is', 'lines': count(distinct id) },
            { 'outcome': 'rejected', 'reason': 'no {{ entity }} id', 'lines': count(*) - count(id) },
            {
                'outcome': 'rejected',
                'reason': 'repeats the id of another line',
                'lines': count(id) - count(distinct id)
            }
        ]) as counted
    from {{ entity }}_ids

),

{% endfor -%}
catalogue_lines as (

    {% for entity in ['article', 'customer'] %}
    select
        '{{ entity }}s' as source_table,
        counted.outcome,
        counted.reason,
        counted.lines
    from {{ entity }}_counts

    union all
    {% endfor %}
    select
        'customers',
        'mended',
        'age is impossible: taken as unknown',
        count(*)
    from {{ source('raw', 'customers') }}
    where
        age not between 5 and 115
        and {{ trimmed('customer_id') }} is not null

),

rule_lines as (

    select
        'rules' as source_table,
        case when problem is null then 'used' else 'rejected' end as outcome,
        coalesce(problem, 'as it is') as reason,
        count(*) as lines
    from {{ ref('rules_in_force') }}
    group by problem

),

promotion_lines as (

    select
        'promotions' as source_table,
        case when rejected_because is null then 'used' else 'rejected' end as outcome,
        coalesce(rejected_because, 'as it is') as reason,
        count(*) as lines
    from {{ ref('checked_promotions') }}
    group by rejected_because

),

all_counts as (

    select * from transaction_lines
    union all
    select * from mended_transactions
    union all
    select * from catalogue_lines
    union all
    select * from rule_lines
    union all
    select * from promotion_lines

)

select
    source_table,
    outcome,
    reason,
    cast(lines as bigint) as lines
from all_counts
where lines > 0
