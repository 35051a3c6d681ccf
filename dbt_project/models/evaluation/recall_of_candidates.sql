{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='target_week',
    on_schema_change='fail',
) }}

-- The rank of a truly bought article in a signal is the number of the customer's candidates that are not worse: only
-- hits are ranked, so nothing is sorted.
{%- set models = proposing_models() + attached_models() | rejectattr('proposes', 'equalto', 0) | list %}

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

{% for model in models %}
{{ model.name }}_candidates as (

    select
        candidates.customer_key,
        candidates.article_key,
        {%- for name in model.signals %}
        {{ tie_broken('candidates.' ~ name, 'alive.article_order') }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from drawn_candidates as candidates
    inner join {{ ref('alive_articles') }} as alive on candidates.article_key = alive.article_key
    where
        {%- for name in model.signals %}
        {{ 'or ' if not loop.first }}candidates.{{ name }} > 0
        {%- endfor %}

),

{{ model.name }}_hits as (

    select candidates.*
    from {{ model.name }}_candidates as candidates
    semi join {{ ref('truth') }} as truth
        on
            candidates.customer_key = truth.customer_key
            and candidates.article_key = truth.article_key

),
{% endfor %}
scored_candidates as (

    select
        blended.customer_key,
        blended.article_key,
        blended.score,
        alive.article_order
    from blended
    inner join {{ ref('alive_articles') }} as alive on blended.article_key = alive.article_key

),

scored_hits as (

    select candidates.*
    from scored_candidates as candidates
    semi join {{ ref('truth') }} as truth
        on
            candidates.customer_key = truth.customer_key
            and candidates.article_key = truth.article_key

),

hit_ranks as (

    {% for model in models %}
    select
        hits.customer_key,
        hits.article_key,
        unnest({{ model.signals }}) as source,
        unnest([
            {%- for name in model.signals %}
            nullif(count(*) filter (where others.{{ name }} >= hits.{{ name }}), 0){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as rank
    from {{ model.name }}_hits as hits
    inner join {{ model.name }}_candidates as others on hits.customer_key = others.customer_key
    group by hits.customer_key, hits.article_key

    union all
    {% endfor %}
    select
        hits.customer_key,
        hits.article_key,
        'union' as source,
        1 + count(*) filter (
            where
            others.score > hits.score
            or (others.score = hits.score and others.article_order < hits.article_order)
        ) as rank
    from scored_hits as hits
    inner join scored_candidates as others on hits.customer_key = others.customer_key
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

    {% for model in models %}
    select
        unnest({{ model.signals }}) as source,
        unnest([
            {%- for name in model.signals %}
            count({{ name }}){{ ',' if not loop.last }}
            {%- endfor %}
        ]) as candidates
    from {{ model.name }}_candidates

    union all
    {% endfor %}
    select
        'union' as source,
        count(*) as candidates
    from scored_candidates

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
