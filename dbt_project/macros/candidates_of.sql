{#-
    Every pair of one of `customers`, a relation with the columns of scored_customers, and an article that a signal proposes,
    once, with the value of every signal, null where a signal says nothing; or, `in_buckets`, with the bucket of every signal,
    0 where it says nothing, packed and as columns.
-#}
{% macro candidates_of(customers, in_buckets=false) -%}
{%- set proposing_signals = proposing_models() | map(attribute='signals') | sum(start=[]) -%}
{%- set columns = columns_of(proposing_signals, in_buckets) -%}
{%- set models_of_articles = attached_models() | selectattr('is_of_articles') | list -%}
{%- set models_of_pairs = attached_models() | rejectattr('is_of_articles') | list -%}
{%- set columns_of_articles = columns_of(models_of_articles | map(attribute='signals') | sum(start=[]), in_buckets) -%}
{%- set absent = 'cast(0 as ubigint)' if in_buckets else 'cast(null as real)' -%}
{#- each proposing model counts its rows of a pair in bits of its own of a double, which has 53 -#}
{%- set bits = 52 // ([1, proposing_models() | length] | max) -%}
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
    -- what fills the lists, also where rules take much away
    select
        segment_key,
        article_key
    from ({{ shown_by_segment() | indent(4) }})
    where fills_lists

),

proposed as (

    {% for model in proposing_models() %}
    {%- set spoken_of = columns_of(model.signals, in_buckets) %}
    select
        customer_key,
        article_key,
        {%- for column in columns %}
        {{ column if column in spoken_of else absent }} as {{ column }},
        {%- endfor %}
        {{ 2 ** (bits * loop.index0) }}.0::double as proposals
    from {{ values_of(model, in_buckets) }}
    union all
    {% endfor %}
    select
        customers.customer_key,
        offered.article_key,
        {%- for column in columns %}
        {{ absent }} as {{ column }},
        {%- endfor %}
        0.0::double as proposals
    from {{ customers }} as customers
    inner join offered on customers.segment_key = offered.segment_key

    union all

    select
        customer_key,
        article_key,
        {%- for column in columns %}
        {{ absent }} as {{ column }},
        {%- endfor %}
        0.0::double as proposals
    from {{ ref('personal_fillers') }}

),

pairs as (

    -- a model proposes a pair once: of the values of a column all but one are absent
    select
        customer_key,
        article_key,
        {%- for column in columns %}
        {{ 'bit_or' if in_buckets else 'any_value' }}({{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from proposed
    semi join {{ customers }} as customers on proposed.customer_key = customers.customer_key
    group by customer_key, article_key
    {%- if proposing_models() %}
    having {{ proposed_once(bits) | indent(4) }}
    {%- endif %}

),

articles as (

    -- what is known of an article whoever the customer is: joined here once, and not again for every pair
    select
        articles.*
        {%- for column in columns_of_articles %},
        {{ buckets_by(models_of_articles, column) if in_buckets else column }} as {{ column }}
        {%- endfor %}
    from {{ ref('alive_articles') }} as articles
    {{- left_joins(models_of_articles, in_buckets) | indent(4) }}

),

attached as (

    select
        {{ target_week() }} as target_week,
        pairs.customer_key,
        pairs.article_key,
        {%- if in_buckets %}
        {%- for number in packed_names() %}
        {%- set parts = [
            'pairs.' ~ number if number in columns else '',
            'articles.' ~ number if number in columns_of_articles else '',
            buckets_by(models_of_pairs, number)
        ] %}
        {{ parts | select | join(' | ') }} as {{ number }}{{ ',' if not loop.last }}
        {%- endfor %}
        {%- else %}
        {%- for signal in signals() %}
        cast({{ signal.name if signal.is_used else 'null' }} as real) as {{ signal.name }}{{ ',' if not loop.last }}
        {%- endfor %}
        {%- endif %}
    from pairs
    inner join {{ customers }} as customers on pairs.customer_key = customers.customer_key
    inner join articles on pairs.article_key = articles.article_key
    {{- left_joins(models_of_pairs, in_buckets) | indent(4) }}

)

select
    *
    {%- if in_buckets %},
    {{ unpacked_columns(signals()) }}
    {%- endif %}
from attached
{%- endmacro %}

{#- Signals' models, each joined on its keys. -#}
{% macro left_joins(models, in_buckets) -%}
    {%- for model in models %}
left join {{ values_of(model, in_buckets) }} as {{ model.name }}
    on
        {%- for key in model['keys'] %}
        {{ 'articles' if model.is_of_articles else key_side(key) }}.{{ key }} = {{ model.name }}.{{ key }}{{ ' and' if not loop.last }}
        {%- endfor %}
    {%- endfor %}
{%- endmacro %}

{#- The buckets that models joined so put into one of the packed numbers; nothing if none of them does. -#}
{% macro buckets_by(models, number) -%}
    {%- set parts = [] -%}
    {%- for model in models if number in columns_of(model.signals, in_buckets=true) -%}
        {%- do parts.append('coalesce(' ~ model.name ~ '.' ~ number ~ ', 0)') -%}
    {%- endfor -%}
    {{ return(parts | join(' | ')) }}
{%- endmacro %}

{#- The columns that say what these signals say. -#}
{% macro columns_of(names, in_buckets) -%}
    {{ return(packed_signals(names) | list if in_buckets else names) }}
{%- endmacro %}

{#-
    A signal's model with the values of its signals, or with their buckets, packed: an article's popularity falls into its bucket once,
    not again for every customer to whom the article is proposed.
-#}
{% macro values_of(model, in_buckets) -%}
{%- if in_buckets -%}
(
    select
        {{ model['keys'] | join(', ') }},
        {%- for name, number in packed_signals(model.signals, of_values=true).items() %}
        {{ number }} as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model.name) }}
    cross join {{ ref('blend_lookup') }}
)
{%- else -%}
{{ ref(model.name) }}
{%- endif -%}
{%- endmacro %}

{#-
    True, or an error that names the model which proposes a pair more than once. A row of the n-th model (from 0) has 2 ^ (n * bits) as `proposals`.
    The sum of different powers of 2, and no other sum of them, has as many bits as summands. More rows than `bits` count may be of any model.
-#}
{% macro proposed_once(bits) -%}
{%- set rows_of_models = 'count(*) filter (where proposals > 0)' -%}
case
    when bit_count(cast(sum(proposals) as bigint)) = {{ rows_of_models }} then true
    else error(
        case
            when {{ rows_of_models }} >= {{ 2 ** bits }} then 'A model in signals/'
            {%- for model in proposing_models() %}
            when (cast(sum(proposals) as bigint) >> {{ bits * loop.index0 }}) & {{ 2 ** bits - 1 }} > 1
                then 'The model signals/{{ model.name }}'
            {%- endfor %}
        end
        || ' has several rows of customer_key ' || customer_key || ' and article_key ' || article_key
        || ': a signal needs one row for each, so group by both in its model.'
    )
end
{%- endmacro %}
