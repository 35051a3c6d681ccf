{#- The table of the shop's own rules; created empty before the first build, so that rules can be written at once. -#}
{% macro make_rules_table() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') %}
    create schema if not exists shop;
    create table if not exists shop.rules (
        rule varchar,
        action varchar,
        attribute varchar,
        value varchar,
        number double,
        segment varchar,
        valid_from date,
        valid_to date
    );
    comment on table shop.rules is 'What the shop wants to be shown or not shown. Edit it by SQL, or by CSV with `recs rules --from`.';
    {%- endif %}
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
    Rows of `relation`, in the order given, as far as the limits of their groups allow; of several groups together the first `most` rows of a
    partition, at least. An article that one limit keeps out takes no place within another, so that they are looked at one by one.
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
            unnest(list_reduce(
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
                        len(taken) < {{ most }}
                        {%- for group in groups %}
                        and coalesce(
                            len(list_filter(taken, lambda other: other.{{ group }}_key = article[1].{{ group }}_key))
                            < article[1].{{ group }}_limit,
                            true
                        )
                        {%- endfor %}
                        then list_concat(taken, article)
                    else taken
                end
            )).article_key as article_key
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
        eligible.popularity_rank <= {{ enough_for_a_list(0) }} as fills_lists,
        {{ var('list_length') }} as cell_limit
    from {{ eligible_articles }} as eligible
    cross join (select distinct segment_key from {{ customers }}) as segments
    {%- endif -%}
{%- endmacro %}
