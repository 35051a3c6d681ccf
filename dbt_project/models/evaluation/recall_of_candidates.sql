{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

-- The rank of a truly bought article in a signal is its place among the customer's largest values, of which no two are
-- the same; behind the last depth it no longer matters. A signal of articles has a value for every candidate, but
-- only the best `top_k` of them are candidates: the others count as absent.
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

drawn_candidates as materialized (

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
signal_values as materialized (

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

largest as (

    select
        customer_key,
        {%- for name in sources %}
        max({{ name }}, {{ depths | max }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from signal_values
    group by customer_key

),

blended as (

    {{ blended('drawn_candidates') | indent(4) }}

),

blend_ranks as (

    select
        blended.customer_key,
        blended.article_key,
        row_number() over (
            partition by blended.customer_key
            order by blended.score desc, eligible.popularity_rank
        ) as rank
    from blended
    inner join {{ ref('eligible_articles') }} as eligible on blended.article_key = eligible.article_key

),

hit_ranks as (

    select
        hits.customer_key,
        unnest({{ sources + ['union'] }}) as source,
        unnest([
            {%- for name in sources %}
            case
                when hits.{{ name }} is not null
                    then coalesce(list_position(largest.{{ name }}, hits.{{ name }}), {{ depths | max + 1 }})
            end,
            {%- endfor %}
            blend_ranks.rank
        ]) as rank
    from signal_values as hits
    semi join {{ ref('ground_truth') }} as ground_truth
        on
            hits.customer_key = ground_truth.customer_key
            and hits.article_key = ground_truth.article_key
    inner join blend_ranks
        on
            hits.customer_key = blend_ranks.customer_key
            and hits.article_key = blend_ranks.article_key
    inner join largest on hits.customer_key = largest.customer_key

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

candidate_counts as (

    select
        unnest({{ sources + ['union'] }}) as source,
        unnest([
            {%- for name in sources %}
            count({{ name }}),
            {%- endfor %}
            count(*)
        ]) as candidates
    from signal_values

),

depths as (

    select
        unnest({{ depths | map('string') | list + ['all'] }}) as within,
        unnest({{ depths + [2147483647] }}) as depth

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
