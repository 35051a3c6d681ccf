{#-
    Every pair of one of `customers`, a relation with the columns of scored_customers, and an article that a signal proposes,
    once, with the value of every signal, null where a signal says nothing; or, `in_buckets`, with the bucket of every signal,
    0 where it says nothing.
-#}
{% macro candidates_of(customers, in_buckets=false) -%}
{%- set shelf = ref('shelf') -%}
{%- set data_type = 'utinyint' if in_buckets else 'real' -%}
{%- set proposing_signals = proposing_models() | map(attribute='signals') | sum(start=[]) -%}
with offered as (

    -- to everybody, or to everybody in a segment
    {% for model in attached_models() if model.proposes %}
    select
        {{ 'best' if 'segment_key' in model['keys'] else 'segments' }}.segment_key,
        best.article_key
    from {{ best_of(model) }} as best
    {%- if 'segment_key' not in model['keys'] %}
    cross join (select distinct segment_key from {{ customers }}) as segments
    {%- endif %}

    union

    {% endfor %}
    -- what fills the lists where rules take much away
    select
        segment_key,
        article_key
    from {{ shelf }}
    where fills_lists

),

proposed as (

    {% for model in proposing_models() %}
    select
        customer_key,
        article_key,
        {{ proposed_values(proposing_signals, model.signals, in_buckets) }}
    from {{ values_of(model, in_buckets) }}
    union all
    {% endfor %}
    select
        customers.customer_key,
        offered.article_key,
        {{ proposed_values(proposing_signals, [], in_buckets) }}
    from {{ customers }} as customers
    inner join offered on customers.segment_key = offered.segment_key

),

pairs as (

    select
        customer_key,
        article_key,
        {%- for name in proposing_signals %}
        {%- set place = loop.index0 %}
        {{ unpacked('bit_or(eight_' ~ place // 8 ~ ')', place % 8) if in_buckets else 'any_value(' ~ name ~ ')' }}
            as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from proposed
    semi join {{ customers }} as customers on proposed.customer_key = customers.customer_key
    group by customer_key, article_key

)

select
    {{ target_week() }} as target_week,
    pairs.customer_key,
    pairs.article_key,
    {%- for signal in signals() %}
    {%- set value = signal.name if signal.is_used else 'null' %}
    cast({{ 'coalesce(' ~ value ~ ', 0)' if in_buckets else value }} as {{ data_type }})
        as {{ signal.name }}{{ ',' if not loop.last }}
    {%- endfor %}
from pairs
inner join {{ customers }} as customers on pairs.customer_key = customers.customer_key
inner join {{ ref('alive_articles') }} as articles on pairs.article_key = articles.article_key
{%- for model in attached_models() %}
left join {{ values_of(model, in_buckets) }} as {{ model.name }}
    on
        {%- for key in model['keys'] %}
        {{ key_side(key) }}.{{ key }} = {{ model.name }}.{{ key }}{{ ' and' if not loop.last }}
        {%- endfor %}
{%- endfor %}
{%- endmacro %}

{#-
    What a row of `proposed` says of all `proposing_signals` if it speaks of those named in `spoken_of`: their values, null for the others; or,
    `in_buckets`, their buckets, eight to a number: to bring the rows of a pair together then takes half as long.
-#}
{% macro proposed_values(proposing_signals, spoken_of, in_buckets) -%}
    {%- set columns = [] -%}
    {%- for name in proposing_signals -%}
        {%- do columns.append(name if name in spoken_of else 0 if in_buckets else 'cast(null as real) as ' ~ name) -%}
    {%- endfor -%}
    {%- if in_buckets -%}
        {%- for eight in packed(columns) %}
        {{ eight }} as eight_{{ loop.index0 }}{{ ',' if not loop.last }}
        {%- endfor -%}
    {%- else -%}
        {{ columns | join(',\n        ') }}
    {%- endif -%}
{%- endmacro %}

{#-
    A signal's model with the values of its signals, or with their buckets: an article's popularity falls into its bucket once,
    not again for every customer to whom the article is proposed.
-#}
{% macro values_of(model, in_buckets) -%}
{%- if in_buckets -%}
(
    select
        {{ model['keys'] | join(', ') }},
        {%- for name in model.signals %}
        cast({{ bucket_of(name) }} as utinyint) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model.name) }}
    cross join {{ ref('blend_lookup') }}
)
{%- else -%}
{{ ref(model.name) }}
{%- endif -%}
{%- endmacro %}
