{{ config(materialized='blocks') }}

-- What the lists would show if the shop had no rules, and which rule keeps it away.
-- In blocks of {{ ref('scored_customers') }}.
with block as (

    {{ block_of_candidates(in_customer_block('customer_key') if rules_act() else 'false') | indent(4) }}

),

scores as (

    {{ points('block', ref('blend_lookup')) | indent(4) }}

),

without_rules as (

    {{ best_without_rules('scores') | indent(4) }}

)

select
    target_week.target_week,
    without_rules.customer_key,
    without_rules.rank as rank_without_rules,
    without_rules.article_key,
    without_rules.score,
    shelf.removed_by as rule
from without_rules
cross join {{ ref('target_week') }} as target_week
inner join {{ ref('scored_customers') }} as customers on without_rules.customer_key = customers.customer_key
inner join {{ ref('shelf') }} as shelf
    on
        customers.segment_key = shelf.segment_key
        and without_rules.article_key = shelf.article_key
where shelf.removed_by is not null
