{%- set depth = evaluated_ranks() | max -%}
{%- set systems = evaluated_systems() -%}
{%- set hides = var('hide_bought_days') > 0 -%}

with eligible as (

    select
        articles.article_key,
        articles.article_order,
        articles.popularity_rank,
        coalesce(popularity.purchases_decayed, 0) as purchases_decayed,
        coalesce(popularity.buyers_1_week, 0) as buyers_1_week,
        coalesce(popularity.buyers_4_weeks, 0) as buyers_4_weeks
    from {{ ref('eligible_articles') }} as articles
    left join {{ ref('article_popularity') }} as popularity on articles.article_key = popularity.article_key

),

best_candidates as (

    select
        candidates.customer_key,
        {%- for system in systems if system.kind == 'signal' %}
        {%- set order = tie_broken('candidates.' ~ system.name, 'eligible.article_order') %}
        {{ first_values('candidates.article_key', order, depth) }} as {{ system.name }},
        {%- endfor %}
        count(*) as candidates
    from {{ ref('evaluated_candidates') }} as candidates
    inner join eligible on candidates.article_key = eligible.article_key
    group by candidates.customer_key

),

best_purchases as (

    select
        history.customer_key,
        {%- for system in systems if system.own_order %}
        {%- set order = '(' ~ system.own_order | join(', ') ~ ', -eligible.article_order)' %}
        {{ first_values('history.article_key', order, depth) }} as {{ system.name }},
        {%- endfor %}
        count(*) as articles
    from {{ ref('customer_articles') }} as history
    semi join {{ ref('evaluated_customers') }} as customers on history.customer_key = customers.customer_key
    inner join eligible on history.article_key = eligible.article_key
    where history.days_since_last > {{ var('hide_bought_days') }}
    group by history.customer_key

),

ranks as (

    select unnest(range(1, {{ depth }} + 1)) as rank

),

{% if var('ablations') -%}
blended_candidates as (

    {{ points_of_values(ref('evaluated_candidates')) | indent(4) }}

),

{% endif -%}
{% for system in systems if system.kind == 'ablation' -%}
{{ system.name }} as (

    select
        customer_key,
        article_key,
        score - ({{ points_of(system.signal, 'blended_candidates') }}) as score
    from blended_candidates

),

{% endfor -%}
own_lists as (

    select
        'blend' as system,
        lists.customer_key,
        lists.article_key,
        lists.rank
    from {{ ref('target_week_lists') }} as lists
    semi join {{ ref('evaluated_customers') }} as customers on lists.customer_key = customers.customer_key
    where lists.rank <= {{ depth }}
    {%- for system in systems if system.kind == 'signal' or system.own_order %}

    union all

    select
        '{{ system.name }}' as system,
        customer_key,
        {{ system.name }}[cast(ranks.rank as integer)] as article_key,
        ranks.rank
    from {{ 'best_purchases' if system.own_order else 'best_candidates' }}
    inner join ranks on ranks.rank <= array_length({{ system.name }})
    {%- endfor %}
    {%- for system in systems if system.kind == 'ablation' %}

    union all

    select
        '{{ system.name }}' as system,
        scores.customer_key,
        scores.article_key,
        row_number() over (
            partition by scores.customer_key
            order by scores.score desc, eligible.popularity_rank
        ) as rank
    from {{ '(' ~ with_explore_slots(system.name) ~ ')' if var('explore_slots') else system.name }} as scores
    inner join eligible on scores.article_key = eligible.article_key
    qualify rank <= {{ depth }}
    {%- endfor %}

),

{% if hides -%}
hidden_articles as (

    select
        customer_key,
        count(*) as articles
    from {{ ref('customer_articles') }}
    where days_since_last <= {{ var('hide_bought_days') }}
    group by customer_key

),

{% endif -%}
popular_ranks as (

    -- no row, for the case that neither signals nor baselines are evaluated
    select
        '' as system,
        0 as article_key,
        0 as popular_rank
    where false
    {%- for system in systems if system.kind in ('signal', 'baseline') %}

    union all

    select
        '{{ system.name }}' as system,
        article_key,
        row_number() over (order by {{ system.filled_by or 'purchases_decayed desc' }}, article_order) as popular_rank
    from eligible
    {%- endfor %}

),

-- as many popular articles as a list is long, and as are hidden from the customer, are enough: a list of n articles
-- covers at most n of them
popular as (

    select *
    from popular_ranks
    where popular_rank <= {{ depth }}{{ ' + coalesce((select max(articles) from hidden_articles), 0)' if hides }}

),

list_lengths as (

    select
        system,
        customer_key,
        count(*) as articles
    from own_lists
    group by system, customer_key

),

fills as (

    select
        popular.system,
        customers.customer_key,
        popular.article_key,
        coalesce(list_lengths.articles, 0) + row_number() over (
            partition by popular.system, customers.customer_key
            order by popular.popular_rank
        ) as rank
    from popular
    cross join {{ ref('evaluated_customers') }} as customers
    {%- if hides %}
    left join hidden_articles on customers.customer_key = hidden_articles.customer_key
    {%- endif %}
    left join list_lengths
        on
            popular.system = list_lengths.system
            and customers.customer_key = list_lengths.customer_key
    anti join own_lists
        on
            popular.system = own_lists.system
            and customers.customer_key = own_lists.customer_key
            and popular.article_key = own_lists.article_key
    {{ without_hidden('customers', 'popular') | indent(4) }}
    where
        coalesce(list_lengths.articles, 0) < {{ depth }}
        {%- if hides %}
        and popular.popular_rank <= {{ depth }} + coalesce(hidden_articles.articles, 0)
        {%- endif %}
    qualify rank <= {{ depth }}

),

lists as (

    select * from own_lists
    union all
    select * from fills

)

select
    lists.system,
    lists.customer_key,
    cast(lists.rank as integer) as rank,
    lists.article_key,
    ground_truth.article_key is not null as is_hit,
    history.article_key is not null as bought_before
from lists
left join {{ ref('ground_truth') }} as ground_truth
    on
        lists.customer_key = ground_truth.customer_key
        and lists.article_key = ground_truth.article_key
left join {{ ref('customer_articles') }} as history
    on
        lists.customer_key = history.customer_key
        and lists.article_key = history.article_key
