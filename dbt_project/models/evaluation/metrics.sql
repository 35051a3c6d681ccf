{{ config(materialized='incremental', pre_hook='{{ delete_target_week() }}') }}

{%- set depth = evaluated_ranks() | max -%}
{%- set attributes = ['department', 'category', 'product_type', 'colour', 'brand'] -%}

with named_cells as (

    select distinct
        stratum_key,
        unnest(segments) as segment
    from {{ ref('evaluated_customers') }}

),

strata as (

    select
        stratum_key,
        segment,
        dense_rank() over (order by segment) as segment_key
    from named_cells

),

segments as (

    select
        strata.segment,
        strata.segment_key,
        count(*) as customers,
        count(*) filter (where customers.is_cold) as cold_customers,
        cast(sum(customers.articles_bought_before) as double) as repeat_articles,
        cast(sum(customers.articles - customers.articles_bought_before) as double) as explore_articles
    from {{ ref('evaluated_customers') }} as customers
    inner join strata on customers.stratum_key = strata.stratum_key
    group by strata.segment, strata.segment_key

),

systems as (

    {% for system in evaluated_systems() %}
    select
        '{{ system.name }}' as system,
        {{ loop.index }} as system_key
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

accuracy as (

    select
        accuracy.system,
        strata.segment,
        {%- for column in accuracy_columns() %}
        {{ fine_sum('accuracy.' ~ column) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('customer_accuracy') }} as accuracy
    inner join strata on accuracy.stratum_key = strata.stratum_key
    group by accuracy.system, strata.segment

),

intervals as (

    select
        system,
        segment,
        {%- for column in accuracy_columns() %}
        {{ interval_of(column) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('replicates') }}
    group by system, segment

),

accuracy_rows as (

    select
        systems.system,
        segments.segment,
        segments.customers,
        unnest([
            {%- for metric in accuracy_metrics() %}
            {
                'metric': '{{ metric.name }}',
                'k': {{ metric.k }},
                'value': coalesce(accuracy.{{ metric.column }}, 0) / segments.customers,
                'interval': intervals.{{ metric.column }}
            }{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as figure
    from systems
    cross join segments
    left join accuracy
        on
            systems.system = accuracy.system
            and segments.segment = accuracy.segment
    left join intervals
        on
            systems.system = intervals.system
            and segments.segment = intervals.segment

),

article_buyers as (

    select
        article_key,
        count(*) as buyers
    from {{ ref('customer_articles') }}
    group by article_key

),

article_novelty as (

    select
        eligible.article_key,
        -log2(
            greatest(1, coalesce(article_buyers.buyers, 0))
            / (select count(distinct customer_key) from {{ ref('customer_articles') }})
        ) as novelty
    from {{ ref('eligible_articles') }} as eligible
    left join article_buyers on eligible.article_key = article_buyers.article_key
    -- a week without purchases has no evaluated customers: then nothing needs to be counted
    where exists (select 1 from {{ ref('evaluated_customers') }})

),

-- numbers for the names, which group faster
lists as (

    select
        numbered.system_key,
        lists.customer_key,
        lists.rank,
        lists.article_key,
        lists.is_hit,
        lists.bought_before,
        customers.stratum_key,
        customers.is_cold
    from {{ ref('system_lists') }} as lists
    inner join systems as numbered on lists.system = numbered.system
    inner join {{ ref('evaluated_customers') }} as customers on lists.customer_key = customers.customer_key

),

places_by_stratum as (

    select
        lists.system_key,
        lists.stratum_key,
        count(*) as places,
        count(*) filter (where lists.bought_before) as bought_before,
        count(*) filter (where lists.is_hit and lists.bought_before) as repeat_hits,
        count(*) filter (where lists.is_hit and not lists.bought_before) as explore_hits,
        count(*) filter (where lists.is_cold and lists.rank = {{ depth }}) as cold_served,
        {{ fine_sum('article_novelty.novelty') }} as novelty
    from lists
    left join article_novelty on lists.article_key = article_novelty.article_key
    group by lists.system_key, lists.stratum_key

),

places as (

    select
        places_by_stratum.system_key,
        strata.segment_key,
        cast(sum(places_by_stratum.places) as double) as places,
        cast(sum(places_by_stratum.bought_before) as double) as bought_before,
        sum(places_by_stratum.repeat_hits) as repeat_hits,
        sum(places_by_stratum.explore_hits) as explore_hits,
        sum(places_by_stratum.cold_served) as cold_served,
        {{ fine_sum('places_by_stratum.novelty', type='decimal(38, 0)') }} as novelty
    from places_by_stratum
    inner join strata on places_by_stratum.stratum_key = strata.stratum_key
    group by places_by_stratum.system_key, strata.segment_key

),

exposures_by_stratum as (

    select
        system_key,
        stratum_key,
        article_key,
        count(*) as exposures
    from lists
    group by system_key, stratum_key, article_key

),

exposures as (

    select
        exposures_by_stratum.system_key,
        strata.segment_key,
        exposures_by_stratum.article_key,
        sum(exposures_by_stratum.exposures) as exposures
    from exposures_by_stratum
    inner join strata on exposures_by_stratum.stratum_key = strata.stratum_key
    group by exposures_by_stratum.system_key, strata.segment_key, exposures_by_stratum.article_key

),

-- articles that are shown equally often share a row
equally_exposed as (

    select
        system_key,
        segment_key,
        exposures,
        count(*) as articles
    from exposures
    group by system_key, segment_key, exposures

),

-- places from the most to the least exposed article; those that are never shown come after them and add nothing
exposure_places as (

    select
        system_key,
        segment_key,
        exposures,
        articles,
        sum(articles) over (partition by system_key, segment_key order by exposures desc) as last_place
    from equally_exposed

),

catalogue as (

    select count(*) as articles
    from {{ ref('eligible_articles') }}

),

catalogue_use as (

    select
        exposure_places.system_key,
        exposure_places.segment_key,
        cast(sum(exposure_places.articles) as double) / any_value(catalogue.articles) as coverage,
        (
            cast(any_value(catalogue.articles) as double)
            + 1
            -- twice the sum of exposures * place: n places are n times the mean of the first and the last
            - cast(sum(
                exposure_places.exposures
                * exposure_places.articles
                * (2 * exposure_places.last_place - exposure_places.articles + 1)
            ) as double)
            / cast(sum(exposure_places.exposures * exposure_places.articles) as double)
        ) / any_value(catalogue.articles) as exposure_gini
    from exposure_places
    cross join catalogue
    group by exposure_places.system_key, exposure_places.segment_key

),

-- a fixed sample of the buyers, by their hash
sampled_customers as (

    select customer_key
    from {{ ref('evaluated_customers') }}
    qualify row_number() over (order by bootstrap_second, customer_order) <= {{ var('diversity_customers') }}

),

attribute_values as (

    select
        lists.system_key,
        lists.customer_key,
        unnest([
            {%- for attribute in attributes %}
            { 'attribute': {{ loop.index }}, 'value_key': articles.{{ attribute }}_key }{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as described
    from lists
    semi join sampled_customers on lists.customer_key = sampled_customers.customer_key
    inner join {{ ref('articles') }} as articles on lists.article_key = articles.article_key

),

attribute_counts as (

    select
        attribute_values.system_key,
        attribute_values.customer_key,
        described.attribute,
        described.value_key,
        count(*) as places
    from attribute_values
    where described.value_key is not null
    group by attribute_values.system_key, attribute_values.customer_key, described.attribute, described.value_key

),

attribute_pairs as (

    select
        system_key,
        customer_key,
        attribute,
        sum(places * (places - 1)) as equal_pairs,
        sum(places) * (sum(places) - 1) as pairs
    from attribute_counts
    group by system_key, customer_key, attribute

),

customer_diversity as (

    select
        system_key,
        customer_key,
        1 - sum(equal_pairs) / cast(sum(pairs) as double) as diversity
    from attribute_pairs
    where pairs > 0
    group by system_key, customer_key

),

diversity as (

    select
        customer_diversity.system_key,
        strata.segment_key,
        {{ fine_sum('customer_diversity.diversity') }} / count(*) as diversity
    from customer_diversity
    inner join {{ ref('evaluated_customers') }} as customers on customer_diversity.customer_key = customers.customer_key
    inner join strata on customers.stratum_key = strata.stratum_key
    group by customer_diversity.system_key, strata.segment_key

),

beyond_accuracy_rows as (

    select
        systems.system,
        segments.segment,
        segments.customers,
        unnest([
            { 'metric': 'coverage', 'value': catalogue_use.coverage },
            { 'metric': 'exposure_gini', 'value': catalogue_use.exposure_gini },
            { 'metric': 'novelty', 'value': places.novelty / places.places },
            { 'metric': 'diversity', 'value': diversity.diversity },
            { 'metric': 'repurchase_share', 'value': places.bought_before / places.places },
            { 'metric': 'repeat_recall', 'value': places.repeat_hits / nullif(segments.repeat_articles, 0) },
            { 'metric': 'repeat_precision', 'value': places.repeat_hits / nullif(places.bought_before, 0) },
            { 'metric': 'explore_recall', 'value': places.explore_hits / nullif(segments.explore_articles, 0) },
            {
                'metric': 'explore_precision',
                'value': places.explore_hits / nullif(places.places - places.bought_before, 0)
            },
            {
                'metric': 'cold_served',
                'value': places.cold_served / nullif(cast(segments.cold_customers as double), 0)
            }
        ]) as figure
    from places
    inner join systems on places.system_key = systems.system_key
    inner join segments on places.segment_key = segments.segment_key
    inner join catalogue_use
        on
            places.system_key = catalogue_use.system_key
            and places.segment_key = catalogue_use.segment_key
    left join diversity
        on
            places.system_key = diversity.system_key
            and places.segment_key = diversity.segment_key

),

all_rows as (

    select
        accuracy_rows.system,
        accuracy_rows.segment,
        figure.metric,
        figure.k,
        figure.value,
        figure.interval[1] as ci_low,
        figure.interval[2] as ci_high,
        accuracy_rows.customers
    from accuracy_rows

    union all

    select
        beyond_accuracy_rows.system,
        beyond_accuracy_rows.segment,
        figure.metric,
        {{ depth }} as k,
        figure.value,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        beyond_accuracy_rows.customers
    from beyond_accuracy_rows
    -- a metric that does not apply, such as cold customers in a segment of others, is no row
    where figure.value is not null

)

select
    {{ target_week() }} as target_week,
    system,
    segment,
    metric,
    cast(k as integer) as k,
    cast(value as double) as value,
    ci_low,
    ci_high,
    customers
from all_rows
