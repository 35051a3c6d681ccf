-- Lines in = lines used + lines rejected, for every source table.
with accounted as (

    select
        source_table,
        sum(lines) as lines
    from {{ ref('row_counts') }}
    where outcome in ('used', 'rejected')
    group by source_table

),

loaded as (

    {% for table in ['transactions', 'articles', 'customers', 'promotions'] %}
    select
        '{{ table }}' as source_table,
        count(*) as lines
    from {{ source('raw', table) }}
    union all
    {% endfor %}
    select
        'rules' as source_table,
        count(*) as lines
    from {{ source('shop', 'rules') }}

)

select
    loaded.source_table,
    loaded.lines,
    accounted.lines as accounted_lines
from loaded
left join accounted on loaded.source_table = accounted.source_table
where loaded.lines != coalesce(accounted.lines, 0)
