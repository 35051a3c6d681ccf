-- Every line of the shop's rules with what is wrong with it, and whether it acts in the target week.
{%- set attributes = ['article_id'] + rule_groups() %}
with lines as (

    select
        row_number() over (
            order by rule, action, attribute, value, number, segment, valid_from, valid_to
        ) as line,
        coalesce({{ trimmed('rule') }}, trim(action)) as rule,
        lower(trim(action)) as action,
        lower({{ trimmed('attribute') }}) as attribute,
        {{ trimmed('value') }} as value,
        number,
        {{ trimmed('segment') }} as segment,
        valid_from,
        valid_to
    from {{ source('shop', 'rules').include(database=false) }}

),

named_articles as (

    {% for attribute in attributes %}
    select
        '{{ attribute }}' as attribute,
        {{ attribute }} as value,
        count(*) as articles
    from {{ ref('articles') }}
    where {{ attribute }} is not null
    group by {{ attribute }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

checked as (

    select
        lines.*,
        coalesce(named_articles.articles, 0) as articles,
        case
            when lines.action is null or lines.action not in ('exclude', 'only', 'boost', 'pin', 'limit')
                then 'unknown action'
            when
                coalesce(lines.attribute, '') not in (
                    {%- for attribute in attributes %}
                    '{{ attribute }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
                then 'unknown attribute'
            when lines.action = 'pin' and lines.attribute != 'article_id' then 'a pin names an article_id'
            when lines.action = 'limit' and lines.attribute = 'article_id' then 'a limit names a group of articles'
            when lines.value is null and lines.action != 'limit' then 'no value'
            when lines.value is not null and named_articles.articles is null then 'unknown ' || lines.attribute
            when lines.action = 'boost' and not (coalesce(lines.number, 0) > 0 and lines.number <= 1000)
                then 'a boost needs a factor above 0, at most 1000'
            when lines.action = 'limit' and (coalesce(lines.number, 0) < 1 or lines.number != floor(lines.number))
                then 'a limit needs a whole number from 1'
            when
                lines.action = 'pin'
                and (
                    coalesce(lines.number, 0) not between 1 and {{ var('list_length') }}
                    or lines.number != floor(lines.number)
                )
                then 'a pin needs a rank from 1 to {{ var("list_length") }}'
            when
                lines.segment is not null
                and lines.segment not in (select customers.segment from {{ ref('customers') }} as customers)
                then 'unknown segment'
            when lines.valid_from > lines.valid_to then 'ends before it begins'
        end as problem
    from lines
    left join named_articles
        on
            lines.attribute = named_articles.attribute
            and lines.value = named_articles.value

)

select
    cast(line as integer) as line,
    rule,
    action,
    attribute,
    value,
    number,
    segment,
    valid_from,
    valid_to,
    cast(articles as integer) as articles,
    problem,
    problem is null
    and coalesce(valid_from < {{ target_week() }} + 7, true)
    and coalesce(valid_to >= {{ target_week() }}, true) as acts
from checked
