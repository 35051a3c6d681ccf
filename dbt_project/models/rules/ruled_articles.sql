-- Articles and segments that each acting line of the rules names.
with segments as (

    select distinct
        segment,
        segment_key
    from {{ ref('customers') }}

),

named as (

    {% for attribute in ['article_id'] + rule_groups() %}
    select
        rules.line,
        rules.segment,
        articles.article_key
    from {{ ref('rules_in_force') }} as rules
    inner join {{ ref('articles') }} as articles on rules.value = articles.{{ attribute }}
    where
        rules.acts
        and rules.attribute = '{{ attribute }}'

    union all

    {% endfor %}
    -- a limit without a value holds for each group
    select
        rules.line,
        rules.segment,
        articles.article_key
    from {{ ref('rules_in_force') }} as rules
    cross join {{ ref('articles') }} as articles
    where
        rules.acts
        and rules.value is null

)

select
    rules.line,
    segments.segment_key,
    named.article_key,
    rules.rule,
    rules.action,
    rules.attribute,
    rules.number
from named
inner join {{ ref('rules_in_force') }} as rules on named.line = rules.line
inner join segments on coalesce(named.segment, segments.segment) = segments.segment
