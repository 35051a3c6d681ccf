{%- set scored_customers, by_segment = ref('scored_customers'), ref('eligible_articles_by_segment') -%}
-- The best articles of each customer, as the points are now; `ranked` has the same rows as a table.
with candidates as (

    select
        target_week,
        customer_key,
        article_key
        {%- for signal in used_signals() %},
        {{ signal.name }}
        {%- endfor %}
    from {{ ref('bucketed') }}
    where {{ in_customer_block('customer_key') }}

),

scores as (

    select
        bucketed.*,
        {{- score() | indent(4) }} as score
    from candidates as bucketed
    cross join {{ ref('point_lists') }} as lookup

),

{%- if rules_act() %}

eligible_scores as (

    select
        scores.* exclude (score),
        scores.score + {{ points_of_boost('by_segment.factor', 'scores.score') }} as score,
        {{ points_of_boost('by_segment.factor', 'scores.score') }} as boost,
        by_segment.* exclude (segment_key, article_key)
    from scores
    inner join {{ scored_customers }} as customers on scores.customer_key = customers.customer_key
    inner join {{ by_segment }} as by_segment
        on
            customers.segment_key = by_segment.segment_key
            and scores.article_key = by_segment.article_key
    {{ without_hidden('scores') | indent(4) }}
    {%- if var('hide_bought_days') > 0 %}
        and by_segment.pinned_at is null
    {%- endif %}
    where by_segment.suppressed_by is null

),

within_limits as (

    select *
    from {{ within_limits(
        'eligible_scores', 'customer_key', 'pinned_at nulls last, score desc, popularity_rank', most=2 * var('list_length')
    ) | indent(4) }}

),

placed as (

    select
        *,
        -- a pinned article has a fixed rank; the others take the free ranks in their order
        coalesce(pinned_at, free_ranks[row_number() over (
            partition by customer_key, pinned_at is null
            order by score desc, popularity_rank
        )]) as place
    from within_limits
    qualify place is not null

),

best as (

    select
        * exclude (score),
        -- if the list is shorter than its rank, a pinned article moves up to the end of the list
        cast(row_number() over (partition by customer_key order by place) as integer) as rank
    from placed
    qualify rank <= {{ var('list_length') }}

),
{%- else %}

best as (

    select
        * exclude (score),
        cast(0 as double) as boost,
        cast(null as varchar) as boosted_by,
        cast(null as varchar) as rules
    from (
        {{ best_without_rules('scores') | indent(8) }}
    )

),
{%- endif %}

shown as (

    select
        *,
        -- the buckets of eight signals in a number, a byte for each, the first one lowest: lists are kept for many weeks
        [
            {%- for eight in used_signals() | batch(8) %}
            {%- for signal in eight %}
            {{ '| ' if not loop.first }}(cast({{ signal.name }} as ubigint) << {{ 8 * loop.index0 }})
            {%- endfor %}{{ ',' if not loop.last }}
            {%- endfor %}
        ] as packed_buckets
    from best

),

shown_points as (

    {{ points('shown', kept=['rank', 'packed_buckets', 'boost', 'boosted_by', 'rules']) | indent(4) }}

),

with_most_points as (

    select
        *,
        greatest(
            0,
            {%- for term in terms() %}
            {{ term.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as most_points
    from shown_points

)

select
    target_week,
    customer_key,
    article_key,
    rank,
    score + boost as score,
    case
        most_points
        -- an article that is listed by a rule alone has no main signal
        when 0 then null
        {%- for term in terms() %}
        when {{ term.name }} then '{{ term.label }}'
        {%- endfor %}
    end as main_signal,
    packed_buckets,
    boost,
    boosted_by,
    rules
from with_most_points
