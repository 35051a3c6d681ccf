{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

-- The rank of a truly bought article in a signal follows from the number of the customer's larger values, as no two are
-- the same. A signal of articles has a value for every candidate, but only the best `top_k` of them are candidates: the
-- others count as absent.
{%- set pair_sources = candidate_sources() -%}
{%- set best_models = attached_models() | rejectattr('top_k', 'equalto', 0) | list -%}
{%- set sources = (pair_sources + best_models) | map(attribute='signals') | sum(start=[]) %}
{%- set depths = [12, 50, 100, 300] %}

-- a fixed sample of the buyers, by their hash
with drawn_customers as (

    select
        customer_key,
        articles
    from {{ ref('evaluated_customers') }}
    qualify row_number() over (order by bootstrap_second, customer_order) <= {{ var('recall_customers') }}

),

buyers as (

    select
        count(*) as customers,
        sum(articles) as articles
    from drawn_customers

),

drawn_candidates as (

    select
        candidates.target_week,
        candidates.customer_key,
        {%- for signal in used_signals() %}
        candidates.{{ signal.name }},
        {%- endfor %}
        candidates.article_key
    from {{ ref('evaluated_candidates') }} as candidates
    semi join drawn_customers on candidates.customer_key = drawn_customers.customer_key

),

{% for model in best_models -%}
best_by_{{ model.name }} as {{ best_of(model) }},

{% endfor -%}
signal_values as (

    select
        candidates.customer_key,
        candidates.article_key,
        {%- for model in best_models %}
        {%- for name in model.signals %}
        case
            when best_by_{{ model.name }}.article_key is not null
                then {{ tie_broken('candidates.' ~ name, 'eligible.article_order') }}
        end as {{ name }},
        {%- endfor %}
        {%- endfor %}
        {%- for name in pair_sources | map(attribute='signals') | sum(start=[]) %}
        {{ tie_broken('candidates.' ~ name, 'eligible.article_order') }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from drawn_candidates as candidates
    inner join {{ ref('eligible_articles') }} as eligible on candidates.article_key = eligible.article_key
    inner join {{ ref('customers') }} as customers on candidates.customer_key = customers.customer_key
    {%- for model in best_models %}
    left join best_by_{{ model.name }}
        on
            candidates.article_key = best_by_{{ model.name }}.article_key
            {%- if 'segment_key' in model['keys'] %}
            and customers.segment_key = best_by_{{ model.name }}.segment_key
            {%- endif %}
    {%- endfor %}

),

hits as (

    select signal_values.*
    from signal_values
    semi join {{ ref('ground_truth') }} as ground_truth
        on
            signal_values.customer_key = ground_truth.customer_key
            and signal_values.article_key = ground_truth.article_key

),

signal_ranks as (

    select
        hits.customer_key,
        hits.article_key
        {%- for name in sources %},
        case
            when any_value(hits.{{ name }}) is not null
                then 1 + count(*) filter (where others.{{ name }} > hits.{{ name }})
        end as {{ name }}
        {%- endfor %}
    from hits
    inner join signal_values as others on hits.customer_key = others.customer_key
    group by hits.customer_key, hits.article_key

),

blended_candidates as (

    {{ points_of_values('drawn_candidates') | indent(4) }}

),

blend_ranks as (

    select
        blended_candidates.customer_key,
        blended_candidates.article_key,
        row_number() over (
            partition by blended_candidates.customer_key
            order by blended_candidates.score desc, eligible.popularity_rank
        ) as rank
    from blended_candidates
    inner join {{ ref('eligible_articles') }} as eligible on blended_candidates.article_key = eligible.article_key

),

ranks_by_source as (

    select
        signal_ranks.customer_key,
        unnest([
            {%- for name in sources %}
            { 'source': '{{ name }}', 'rank': signal_ranks.{{ name }} },
            {%- endfor %}
            { 'source': 'union', 'rank': blend_ranks.rank }
        ]) as hit
    from signal_ranks
    inner join blend_ranks
        on
            signal_ranks.customer_key = blend_ranks.customer_key
            and signal_ranks.article_key = blend_ranks.article_key

),

hit_ranks as (

    select
        ranks_by_source.customer_key,
        hit.source,
        hit.rank
    from ranks_by_source

),

found as (

    select
        hit_ranks.source,
        hit_ranks.rank,
        1 / drawn_customers.articles as share_of_customer
    from hit_ranks
    inner join drawn_customers on hit_ranks.customer_key = drawn_customers.customer_key
    where hit_ranks.rank is not null

),

counts as (

    select
        unnest([
            {%- for name in sources %}
            { 'source': '{{ name }}', 'candidates': count({{ name }}) },
            {%- endfor %}
            { 'source': 'union', 'candidates': count(*) }
        ]) as counted
    from signal_values

),

candidate_counts as (

    select
        counted.source,
        counted.candidates
    from counts

),

depths as (

    {% for depth in depths %}
    select
        '{{ depth }}' as within,
        {{ depth }} as depth
    union all
    {% endfor %}
    select
        'all' as within,
        2147483647 as depth

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
    candidate_counts.source,
    depths.within,
    coalesce(recalled.recall_sum, 0) / buyers.customers as recall,
    cast(coalesce(recalled.articles, 0) as double) / cast(buyers.articles as double) as share_of_purchases,
    candidate_counts.candidates / cast(buyers.customers as double) as candidates_per_customer,
    buyers.customers
from candidate_counts
cross join depths
cross join buyers
left join recalled
    on
        candidate_counts.source = recalled.source
        and depths.within = recalled.within
where buyers.customers > 0
