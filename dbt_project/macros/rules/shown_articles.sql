{#- The actions of a rule. -#}
{% macro rule_actions() -%}
    {{ return(['exclude', 'only', 'boost', 'pin', 'limit']) }}
{%- endmacro %}

{#- Attributes by which a rule may name articles, besides their id. -#}
{% macro rule_groups() -%}
    {{ return(['product_code', 'product_type', 'category', 'department', 'colour', 'brand']) }}
{%- endmacro %}

{#- Whether any rule acts in the target week. If none does, no model joins rules. -#}
{% macro rules_act() -%}
    {%- set rules = ref('rules_in_force') -%}
    {%- if not execute or not var('apply_rules') or not adapter.get_relation(target.database, rules.schema, rules.identifier) -%}
        {{ return(false) }}
    {%- endif -%}
    {{ return(run_query("select count(*) as lines from " ~ rules ~ " where acts").rows[0]['lines'] > 0) }}
{%- endmacro %}

{#- The groups for which a rule limits the number of articles in a list. -#}
{% macro limited_groups() -%}
    {%- set rules = ref('rules_in_force') -%}
    {%- if not rules_act() -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set found = run_query("select distinct attribute from " ~ rules ~ " where acts and action = 'limit'").columns[0].values() -%}
    {%- set groups = [] -%}
    {%- for group in rule_groups() if group in found -%}
        {%- do groups.append(group) -%}
    {%- endfor -%}
    {{ return(groups) }}
{%- endmacro %}

{#-
    One row per segment and article that may be shown in it: `segment_key, article_key, popularity_rank, pinned_at`, `fills_lists`, for each limited
    group the cell of the article (`<group>_cell`) and its limit, and `cell_limit`, the most articles of the same cells that a list can hold.
-#}
{% macro shown_by_segment() -%}
    {%- set by_segment, eligible_articles, customers = ref('eligible_articles_by_segment'), ref('eligible_articles'), ref('customers') -%}
    {%- if rules_act() -%}
    select
        segment_key,
        article_key,
        popularity_rank,
        pinned_at,
        fills_lists,
        {%- for group in limited_groups() %}
        case when {{ group }}_limit is not null then {{ group }}_key end as {{ group }}_cell,
        {{ group }}_limit,
        {%- endfor %}
        least({{ var('list_length') }}
            {%- for group in limited_groups() %}, {{ group }}_limit {%- endfor %}) as cell_limit
    from {{ by_segment }}
    where suppressed_by is null
    {%- else -%}
    select
        segments.segment_key,
        eligible.article_key,
        eligible.popularity_rank,
        cast(null as integer) as pinned_at,
        eligible.popularity_rank <= {{ enough_for_a_list([]) }} as fills_lists,
        {{ var('list_length') }} as cell_limit
    from {{ eligible_articles }} as eligible
    cross join (select distinct segment_key from {{ customers }}) as segments
    {%- endif -%}
{%- endmacro %}

{#-
    The lists without rules: rows of the relation `scores` with their `rank`, and the columns of `best_with_rules`. Only rows that reach the last
    rank of the customer's list are sorted.
-#}
{% macro best_without_rules(scores) -%}
{#- expanded in any case, so that dbt knows every table that a list may read -#}
{%- set kept = with_explore_slots('may_be_shown') -%}
{%- set candidates = 'with_slots' if var('explore_slots') else 'may_be_shown' -%}
with may_be_shown as (

    select {{ scores }}.*
    from {{ scores }}
    {{ without_hidden(scores) | indent(4) }}

),
{% if var('explore_slots') %}
with_slots as (

    {{ kept | indent(4) }}

),
{% endif %}
last_places as (

    select
        customer_key,
        list_last(max(score, {{ var('list_length') }})) as least_score
    from {{ candidates }}
    group by customer_key

)

select
    {{ candidates }}.*,
    cast(0 as double) as boost,
    cast(null as varchar) as boosted_by,
    cast(null as varchar) as rules,
    cast(row_number() over (
        partition by {{ candidates }}.customer_key
        order by {{ candidates }}.score desc, articles.popularity_rank
    ) as integer) as rank
from {{ candidates }}
inner join last_places
    on
        {{ candidates }}.customer_key = last_places.customer_key
        and {{ candidates }}.score >= last_places.least_score
inner join {{ ref('eligible_articles') }} as articles on {{ candidates }}.article_key = articles.article_key
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#-
    The lists with the shop's rules: rows of the relation `scores` with their `rank`, the points that rules add to the score (`boost`), the rules
    that add them (`boosted_by`), and all rules that put the article there (`rules`). Exclusions, campaigns and limits act before the cut.
-#}
{% macro best_with_rules(scores) -%}
{%- set slots = var('explore_slots') -%}
{%- set candidates = 'with_slots' if slots else 'within_limits' -%}
with eligible_scores as (

    select
        {{ scores }}.* exclude (score),
        {{ scores }}.score + {{ points_of_boost('by_segment.factor', scores ~ '.score') }} as score,
        {{ points_of_boost('by_segment.factor', scores ~ '.score') }} as boost,
        by_segment.* exclude (segment_key, article_key)
    from {{ scores }}
    inner join {{ ref('scored_customers') }} as customers on {{ scores }}.customer_key = customers.customer_key
    inner join {{ ref('eligible_articles_by_segment') }} as by_segment
        on
            customers.segment_key = by_segment.segment_key
            and {{ scores }}.article_key = by_segment.article_key
    {{ without_hidden(scores) | indent(4) }}
    {%- if var('hide_bought_days') > 0 %}
        and by_segment.pinned_at is null
    {%- endif %}
    where by_segment.suppressed_by is null

),
{% if slots %}
in_order as (

    {{ with_gives_way('eligible_scores', 'pinned_at nulls last, ') | indent(4) }}

),
{% endif %}
within_limits as (

    select *
    from {{ within_limits(
        'in_order' if slots else 'eligible_scores',
        'customer_key',
        'pinned_at nulls last, ' ~ ('gives_way, ' if slots else '') ~ 'score desc, popularity_rank',
        most=2 * var('list_length')
    ) | indent(4) }}

),
{% if slots %}
with_slots as (

    {{ keep_explore_slots('within_limits', 'pinned_at nulls last, ') | indent(4) }}

),
{% endif %}
placed as (

    select
        *,
        -- a pinned article has a fixed rank; the others take the free ranks in their order
        coalesce(pinned_at, free_ranks[row_number() over (
            partition by customer_key, pinned_at is null
            order by score desc, popularity_rank
        )]) as place
    from {{ candidates }}
    qualify place is not null

)

select
    *,
    -- if the list is shorter than its rank, a pinned article moves up to the end of the list
    cast(row_number() over (partition by customer_key order by place) as integer) as rank
from placed
qualify rank <= {{ var('list_length') }}
{%- endmacro %}

{#-
    The rows of `relation` with `gives_way`: whether the customer has bought the article, and it is not among the best of those for which
    `explore_slots` leaves places, or pinned. `place_of_ties` is its popularity rank.
-#}
{% macro with_gives_way(relation, pins_first='') -%}
select
    {{ relation }}.*,
    articles.popularity_rank as place_of_ties,
    bought.customer_key is not null and row_number() over (
        partition by {{ relation }}.customer_key, bought.customer_key is not null
        order by {{ pins_first }}{{ relation }}.score desc, articles.popularity_rank
    ) > {{ var('list_length') - var('explore_slots') }} as gives_way
from {{ relation }}
inner join {{ ref('eligible_articles') }} as articles on {{ relation }}.article_key = articles.article_key
left join {{ ref('customer_articles') }} as bought
    on
        {{ relation }}.customer_key = bought.customer_key
        and {{ relation }}.article_key = bought.article_key
{%- endmacro %}

{#-
    The best rows of each customer in a relation with `gives_way`, as many as a list is long. Where too few candidates are left that the customer
    has never bought, others keep their places: a list is as long as without slots.
-#}
{% macro keep_explore_slots(relation, pins_first='') -%}
select * exclude (place_of_ties, gives_way)
from {{ relation }}
qualify
    row_number() over (
        partition by customer_key
        order by {{ pins_first }}gives_way, score desc, place_of_ties
    ) <= {{ var('list_length') }}
{%- endmacro %}

{#- The best rows of each customer in `relation`, with `explore_slots`. -#}
{% macro with_explore_slots(relation) -%}
with ordered as (

    {{ with_gives_way(relation) | indent(4) }}

)

{{ keep_explore_slots('ordered') }}
{%- endmacro %}

{#-
    The rows of `relation` that the limits of their groups allow, in the order given; where several groups are limited, the first `most` of them in
    each partition. An article that one limit keeps out takes no place within another, so rows are checked one by one.
-#}
{% macro within_limits(relation, partition, order, most) -%}
    {%- set groups = limited_groups() -%}
    {%- if groups | length == 0 -%}
        {{ relation }}
    {%- elif groups | length == 1 -%}
(
    select *
    from {{ relation }}
    qualify
        {{ groups[0] }}_limit is null
        or row_number() over (partition by {{ partition }}, {{ groups[0] }}_key order by {{ order }}) <= {{ groups[0] }}_limit
)
    {%- else -%}
(
    with taken as (

        select
            {{ partition }},
            unnest(list_transform(
                list_reduce(
                    list(
                        [struct_pack(
                            article_key
                            {%- for group in groups %},
                            {{ group }}_key,
                            {{ group }}_limit
                            {%- endfor %}
                        )]
                        order by {{ order }}
                    ),
                    lambda taken, article: case
                        when
                            array_length(taken) < {{ most }}
                            {%- for group in groups %}
                            and coalesce(
                                array_length(list_filter(
                                    taken,
                                    lambda other: other.{{ group }}_key = article[1].{{ group }}_key
                                )) < article[1].{{ group }}_limit,
                                true
                            )
                            {%- endfor %}
                            then list_concat(taken, article)
                        else taken
                    end
                ),
                lambda article: article.article_key
            )) as article_key
        from {{ relation }}
        group by {{ partition }}

    )

    select {{ relation }}.*
    from {{ relation }}
    semi join taken
        on
            {{ relation }}.{{ partition }} = taken.{{ partition }}
            and {{ relation }}.article_key = taken.article_key
)
    {%- endif -%}
{%- endmacro %}

{#-
    Points that a boost adds to a score: a factor of 2 doubles a score above 0. A score of a learned blend may be below 0, where a product
    would lower it.
-#}
{% macro points_of_boost(factor, score) -%}
    {{ exact_points('(' ~ factor ~ ' - 1) * abs(' ~ score ~ ')') }}
{%- endmacro %}

{#-
    Leaves out articles that the customer bought within `hide_bought_days`. The relation `customers` has the customer's key, `articles` the
    article's key; by default both are one relation.
-#}
{% macro without_hidden(customers, articles=none) -%}
    {%- if var('hide_bought_days') > 0 -%}
anti join {{ ref('customer_articles') }} as hidden
    on
        {{ customers }}.customer_key = hidden.customer_key
        and {{ articles or customers }}.article_key = hidden.article_key
        and hidden.days_since_last <= {{ var('hide_bought_days') }}
    {%- endif -%}
{%- endmacro %}
