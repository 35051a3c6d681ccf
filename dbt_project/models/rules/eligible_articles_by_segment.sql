{#- as many as are offered to everybody without rules, so that a rule for one segment changes nothing in another #}
{%- set offered = enough_for_a_list(attached_models() | map(attribute='top_k')) -%}
{#- limits may suppress more articles of one list than of the segment #}
{%- set enough = offered if limited_groups() else enough_for_a_list([]) -%}
-- Each eligible article for each segment, with the effects of the rules on it; empty without rules.
with ruled as (

    select
        segment_key,
        article_key,
        min(rule) filter (where action = 'exclude') as excluded_by,
        min(rule) filter (where action = 'only') as only_by,
        min(rule) filter (where action = 'pin') as pinned_by,
        cast(min(number) filter (where action = 'pin') as integer) as pinned_at,
        nullif(array_to_string(list_sort(list(distinct rule) filter (where action = 'boost')), ', '), '') as boosted_by,
        {{ product_of_list("list_sort(list(number) filter (where action = 'boost'))") }} as factor
        {{- ',' if limited_groups() }}
        {%- for group in limited_groups() %}
        cast(min(number) filter (where action = 'limit' and attribute = '{{ group }}') as integer) as {{ group }}_limit,
        min_by(rule, (number, rule)) filter (where action = 'limit' and attribute = '{{ group }}')
            as {{ group }}_limited_by{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('ruled_articles') }}
    group by segment_key, article_key

),

campaigns as (

    select
        segment_key,
        array_to_string(list_sort(list(distinct rule)), ', ') as rule
    from {{ ref('ruled_articles') }}
    where action = 'only'
    group by segment_key

),

segments as (

    select distinct segment_key
    from {{ ref('customers') }}

),

pins as (

    -- if two articles are pinned to one rank, the first id gets it, and the other is not pinned
    select
        ruled.segment_key,
        ruled.article_key,
        ruled.pinned_at,
        ruled.pinned_by
    from ruled
    inner join {{ ref('eligible_articles') }} as eligible on ruled.article_key = eligible.article_key
    where ruled.pinned_at is not null
    qualify row_number() over (
        partition by ruled.segment_key, ruled.pinned_at
        order by ruled.excluded_by is not null, eligible.article_order
    ) = 1

),

articles as (

    select
        segments.segment_key,
        eligible.*,
        coalesce(
            ruled.excluded_by,
            case when ruled.only_by is null and pins.pinned_by is null then campaigns.rule end
        ) as suppressed_by,
        ruled.only_by,
        ruled.boosted_by,
        coalesce(ruled.factor, 1) as factor,
        {%- for group in limited_groups() %}
        case when eligible.{{ group }}_key is not null then ruled.{{ group }}_limit end as {{ group }}_limit,
        ruled.{{ group }}_limited_by,
        {%- endfor %}
        pins.pinned_at,
        pins.pinned_by
    from {{ ref('eligible_articles') }} as eligible
    cross join segments
    left join ruled
        on
            segments.segment_key = ruled.segment_key
            and eligible.article_key = ruled.article_key
    left join pins
        on
            segments.segment_key = pins.segment_key
            and eligible.article_key = pins.article_key
    left join campaigns on segments.segment_key = campaigns.segment_key
    where
        {%- if rules_act() %}
        -- an article that only a rule makes eligible is eligible in the segments of the rule
        eligible.is_eligible_by_sales or ruled.only_by is not null or pins.pinned_by is not null
        {%- else %}
        false
        {%- endif %}

),

shown as (

    select *
    from articles
    where suppressed_by is null

),

within_limits as (

    select *
    from {{ within_limits(
        'shown', 'segment_key', 'pinned_at nulls last, popularity_rank', most=offered + var('list_length')
    ) | indent(4) }}

),

fillers as (

    select
        segment_key,
        article_key
    from within_limits
    qualify
        pinned_at is not null
        -- `enough` articles, or `offered` if rules suppress so many that fewer than `enough` of the first `offered`
        -- are left. If always `offered` were taken, each suppressed article would bring in a new candidate, which might
        -- rank above the articles that move up.
        or row_number() over (partition by segment_key order by popularity_rank) <= case
            when
                sum(cast(popularity_rank <= {{ offered }} as integer)) over (partition by segment_key) < {{ enough }}
                then {{ offered }}
            else {{ enough }}
        end

),

free_ranks as (

    select
        segment_key,
        list_filter(
            range(1, 2 * {{ var('list_length') }} + 1),
            lambda place: not list_contains(coalesce(list(pinned_at) filter (where pinned_at is not null), []), place)
        ) as free_ranks
    from shown
    group by segment_key

)

select
    articles.segment_key,
    articles.article_key,
    articles.popularity_rank,
    articles.suppressed_by,
    articles.factor,
    articles.boosted_by,
    articles.pinned_at,
    free_ranks.free_ranks,
    nullif(concat_ws(
        ', ',
        articles.only_by,
        articles.boosted_by,
        articles.pinned_by
    ), '') as rules,
    {%- for group in limited_groups() %}
    articles.{{ group }}_key,
    articles.{{ group }}_limit,
    articles.{{ group }}_limited_by,
    {%- endfor %}
    fillers.article_key is not null as fills_lists
from articles
left join fillers
    on
        articles.segment_key = fillers.segment_key
        and articles.article_key = fillers.article_key
left join free_ranks on articles.segment_key = free_ranks.segment_key
