-- Every line of the shop's rules with its problem, and whether it acts in the target week. A line that others leave
-- without effect has a problem too: `exclude` beats a pin and a boost, an article has its first rank, a rank its first
-- id (as in `eligible_articles_by_segment`), and of two limits the lower one counts.
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

-- a limit without a value names all articles that have the attribute
named_by_any_value as (

    select
        attribute,
        sum(articles) as articles
    from named_articles
    group by attribute

),

checked as (

    select
        lines.*,
        coalesce(named_articles.articles, case when lines.value is null then any_value.articles end, 0) as articles,
        case
            when
                coalesce(lines.action, '') not in (
                    {%- for action in rule_actions() %}
                    '{{ action }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
                then 'unknown action: write {{ rule_actions()[:-1] | join(", ") }} or {{ rule_actions() | last }}'
            when
                coalesce(lines.attribute, '') not in (
                    {%- for attribute in attributes %}
                    '{{ attribute }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
                then 'unknown attribute: write {{ attributes[:-1] | join(", ") }} or {{ attributes | last }}'
            when lines.action = 'pin' and lines.attribute != 'article_id' then 'a pin names an article_id'
            when lines.action = 'limit' and lines.attribute = 'article_id' then 'a limit names a group of articles'
            when lines.value is null and lines.action != 'limit' then 'no value'
            when lines.value is not null and named_articles.articles is null then 'unknown ' || lines.attribute
            when lines.value is null and any_value.articles is null then 'no article has a ' || lines.attribute
            when lines.action = 'boost' and not (coalesce(lines.number, 0) > 0 and lines.number <= 1000)
                then 'a boost needs a factor above 0, at most 1000'
            when lines.action = 'boost' and lines.number = 1 then 'a factor of 1 changes nothing'
            when lines.action = 'limit' and (coalesce(lines.number, 0) < 1 or lines.number != floor(lines.number))
                then 'a limit needs a whole number from 1'
            -- this also keeps every limit that acts within the range of an integer
            when lines.action = 'limit' and lines.number >= {{ var('list_length') }}
                then 'a limit of {{ var("list_length") }} or more changes nothing'
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
        end as problem,
        coalesce(lines.valid_from < {{ target_week() }} + 7, true)
        and coalesce(lines.valid_to >= {{ target_week() }}, true) as is_of_week
    from lines
    left join named_articles
        on
            lines.attribute = named_articles.attribute
            and lines.value = named_articles.value
    left join named_by_any_value as any_value on lines.attribute = any_value.attribute

),

segments as (

    select distinct segment
    from {{ ref('customers') }}

),

named as (

    {% for attribute in attributes %}
    select
        checked.line,
        checked.action,
        checked.segment,
        articles.article_id
    from checked
    inner join {{ ref('articles') }} as articles on checked.value = articles.{{ attribute }}
    where
        checked.problem is null
        and checked.is_of_week
        and checked.action in ('exclude', 'boost')
        and checked.attribute = '{{ attribute }}'
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

excluded as (

    select distinct
        segment,
        article_id
    from named
    where action = 'exclude'

),

boosts_without_effect as (

    select
        named.line,
        'other lines exclude what it boosts' as problem
    from named
    inner join segments on coalesce(named.segment, segments.segment) = segments.segment
    left join excluded
        on
            named.article_id = excluded.article_id
            and segments.segment = coalesce(excluded.segment, segments.segment)
    where named.action = 'boost'
    group by named.line
    having bool_and(excluded.article_id is not null)

),

limits as (

    select *
    from checked
    where
        problem is null
        and is_of_week
        and action = 'limit'

),

limits_without_effect as (

    select distinct
        limits.line,
        'another line sets a lower limit' as problem
    from limits
    inner join limits as lower_limits
        on
            limits.attribute = lower_limits.attribute
            and limits.number > lower_limits.number
    where
        (lower_limits.value is null or lower_limits.value = limits.value)
        and (lower_limits.segment is null or lower_limits.segment = limits.segment)

),

pins as (

    select
        checked.line,
        checked.number,
        checked.value as article_id,
        segments.segment,
        excluded.article_id is not null as is_excluded
    from checked
    inner join segments on coalesce(checked.segment, segments.segment) = segments.segment
    left join excluded
        on
            checked.value = excluded.article_id
            and segments.segment = coalesce(excluded.segment, segments.segment)
    where
        checked.problem is null
        and checked.is_of_week
        and checked.action = 'pin'
    group by checked.line, checked.number, checked.value, segments.segment, excluded.article_id

),

first_ranks as (

    select
        *,
        row_number() over (partition by segment, article_id order by number, line) = 1 as has_first_rank
    from pins

),

placed_pins as (

    select
        *,
        has_first_rank and row_number() over (
            partition by segment, number, has_first_rank
            order by is_excluded, article_id
        ) = 1 as is_placed
    from first_ranks

),

pins_without_place as (

    select
        line,
        case
            when bool_and(is_excluded) then 'another line excludes the article'
            when bool_or(has_first_rank) then 'another line pins an article to this rank'
            else 'another line pins the article'
        end as problem
    from placed_pins
    group by line
    having not bool_or(is_placed and not is_excluded)

),

without_effect as (

    select * from pins_without_place
    union all
    select * from boosts_without_effect
    union all
    select * from limits_without_effect

)

select
    cast(checked.line as integer) as line,
    checked.rule,
    checked.action,
    checked.attribute,
    checked.value,
    checked.number,
    checked.segment,
    checked.valid_from,
    checked.valid_to,
    cast(checked.articles as integer) as articles,
    coalesce(checked.problem, without_effect.problem) as problem,
    coalesce(checked.problem, without_effect.problem) is null and checked.is_of_week as acts
from checked
left join without_effect on checked.line = without_effect.line
