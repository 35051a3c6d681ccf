{%- set attributes = ['product_code', 'department', 'category', 'product_type', 'colour', 'brand'] -%}

with catalogue as (

    select
        {{ trimmed('article_id') }} as article_id,
        {{ trimmed('name') }} as name,
        {%- for attribute in attributes %}
        {{ trimmed(attribute) }} as {{ attribute }},
        {%- endfor %}
        {{ trimmed('text') }} as text
    from {{ source('raw', 'articles') }}

),

one_line_each as (

    {{ one_line_each('catalogue', 'article_id', ['name', 'text'] + attributes) | indent(4) }}

)

{%- for attribute in attributes -%}
,

-- few: numbered by themselves they need no sort of all articles
{{ attribute }}_keys as (

    select
        {{ attribute }},
        cast(row_number() over (order by {{ attribute }}) as integer) as {{ attribute }}_key
    from one_line_each
    where {{ attribute }} is not null
    group by {{ attribute }}

)
{%- endfor %}

select
    keys.article_key,
    keys.article_id,
    cast(row_number() over (order by keys.article_id) as integer) as article_order,
    one_line_each.article_id is not null as in_catalogue,
    case when one_line_each.article_id is null then 'unknown article' else one_line_each.name end as name,
    {%- for attribute in attributes %}
    one_line_each.{{ attribute }},
    {%- endfor %}
    one_line_each.text,
    {%- for attribute in attributes %}
    {{ attribute }}_keys.{{ attribute }}_key{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('article_keys') }} as keys
left join one_line_each on keys.article_id = one_line_each.article_id
{%- for attribute in attributes %}
left join {{ attribute }}_keys on one_line_each.{{ attribute }} = {{ attribute }}_keys.{{ attribute }}
{%- endfor %}
