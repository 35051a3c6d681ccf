{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='target_week',
    on_schema_change='fail',
) }}

-- The rank of a truly bought article in a signal is the number of the customer's candidates that are not worse: only
-- hits are ranked, so nothing is sorted.
{%- set models = proposing_models() + attached_models() | rejectattr('proposes', 'equalto', 0) | list -%}
{%- set sources = models | map(attribute='signals') | sum(start=[]) %}

-- a fixed draw of the buyers, by their hash
with drawn_customers as (

    select
        customer_key,
        articles
    from {{ ref('evaluated_customers') }}
    qualify row_number() over (order by bootstrap_second, customer_key) <= {{ var('recall_customers') }}

),

buyers as (

    select
        count(*) as customers,
        sum(articles) as articles
    from drawn_customers

),

drawn_candidates as materialized (

    select candidates.*
    from {{ ref('evaluated_candidates') }} as candidates
    semi join drawn_customers on candidates.customer_key = drawn_customers.customer_key

),

blended as (

    {{ blended('drawn_candidates') | indent(4) }}

),

valued as materialized (

    select
        candidates.customer_key,
        candidates.article_key,
        alive.article_order,
        {%- for name in sources %}
        {{ tie_broken('candidates.' ~ name, 'alive.article_order') }} as {{ name }},
        {%- endfor %}
        blended.score
    from drawn_candidates as candidates
    inner join {{ ref('alive_articles') }} as alive on candidates.article_key = alive.article_key
    inner join blended
        on
            candidates.customer_key = blended.customer_key
            and candidates.article_key = blended.article_key

),

hits as (

    select valued.*
    from valued
    semi join {{ ref('truth') }} as truth
        on
            valued.customer_key = truth.customer_key
            and valued.article_key = truth.article_key

),

hit_ranks as (

    select
        hits.customer_key,
        hits.article_key,
        unnest({{ sources + ['union'] }}) as source,
        unnest([
            {%- for name in sources %}
            nullif(count(*) filter (where others.{{ name }} >= hits.{{ name }}), 0),
            {%- endfor %}
            1 + count(*) filter (
                where
                others.score > hits.score
                or (others.score = hits.score and others.article_order < hits.article_order)
            )
        ]) as rank
    from hits
    inner join valued as others on hits.customer_key = others.customer_key
    group by hits.customer_key, hits.article_key

),

found as (

    select
        hit_ranks.source,
        hit_ranks.rank,
        1.0 / drawn_customers.articles as share_of_customer
    from hit_ranks
    inner join drawn_customers on hit_ranks.customer_key = drawn_customers.customer_key
    where hit_ranks.rank is not null

),

proposed as (

    select
        unnest({{ sources + ['union'] }}) as source,
        unnest([
            {%- for name in sources %}
            count({{ name }}),
            {%- endfor %}
            count(*)
        ]) as candidates
    from valued

),

depths as (

    select
        unnest(['12', '50', '100', '300', 'all']) as within,
        unnest([12, 50, 100, 300, 2147483647]) as depth

),

recalled as (

    select
        found.source,
        depths.within,
        {{ fine_sum('found.share_of_customer') }} as recall_sum,
        count(*) as articles
    from found
    inner join depths on found.rank <= depths.depth
    group by found.source, depths.within

)

select
    {{ target_week() }} as target_week,
    proposed.source,
    depths.within,
    coalesce(recalled.recall_sum, 0) / buyers.customers as recall,
    cast(coalesce(recalled.articles, 0) as double) / cast(buyers.articles as double) as share_of_purchases,
    proposed.candidates / cast(buyers.customers as double) as candidates_per_customer,
    buyers.customers
from proposed
cross join depths
cross join buyers
left join recalled
    on
        proposed.source = recalled.source
        and depths.within = recalled.within
where buyers.customers > 0
