{#- The lines of `signals` and `own_signals` in dbt_project.yml, as they are written; none if one of the two is no list. -#}
{% macro signal_lines() -%}
    {{ return(var('signals') + var('own_signals') if is_list(var('signals')) and is_list(var('own_signals')) else []) }}
{%- endmacro %}

{#-
    The list of signals with its defaults filled in: name, weight, model, keys, top_k, neighbours, monotone,
    source, label, reason, and whether it is used. A model of several signals stands once in `signal_models()`, with all of them that are used.
-#}
{% macro signals() -%}
    {%- set filled = [] -%}
    {%- for signal in signal_lines() -%}
        {%- set keys = signal['keys'] if 'keys' in signal else ['customer_key', 'article_key'] -%}
        {%- do filled.append({
            'name': signal.name,
            'weight': signal.weight or 0,
            'model': signal.model or signal.name,
            'keys': keys,
            'top_k': signal.top_k if 'top_k' in signal else ('all' if is_of_pairs(keys) else 0),
            'neighbours': signal.neighbours,
            'monotone': signal.monotone or 0,
            'source': signal.source or '',
            'label': signal.label or signal.name | replace('_', ' '),
            'reason': signal.reason or none,
            'is_used': var('used_signals') == 'all' or signal.name in var('used_signals'),
        }) -%}
    {%- endfor -%}
    {{ return(filled) }}
{%- endmacro %}

{#- Raise it when a change alters the meaning of a signal's value: learned blends of before are refused, and incremental tables rebuild all weeks. -#}
{% macro signals_version() -%}
    {{ return(6) }}
{%- endmacro %}

{#- Whether a model with these keys has a row for each customer and article. -#}
{% macro is_of_pairs(keys) -%}
    {{ return(keys | sort == ['article_key', 'customer_key']) }}
{%- endmacro %}

{#- The signals that are used: all, or those of the variable `used_signals`. -#}
{% macro used_signals() -%}
    {{ return(signals() | selectattr('is_used') | list) }}
{%- endmacro %}

{#-
    One entry per model of signals that are used: its name, keys, top_k, these signals, and whether its values are the same
    for all customers. Before anything is learned a model without weights is no candidate source, so that lists are the same whether it is
    built or not.
-#}
{% macro signal_models() -%}
    {%- set by_weight = learned_blend() is none and execute and not var('training') -%}
    {%- set models = {} -%}
    {%- for signal in used_signals() -%}
        {%- if signal.model not in models -%}
            {%- do models.update({signal.model: {
                'name': signal.model, 'keys': signal['keys'], 'top_k': signal.top_k, 'signals': [],
                'is_of_articles': 'customer_key' not in signal['keys'] and 'segment_key' not in signal['keys'],
            }}) -%}
        {%- endif -%}
        {%- do models[signal.model].signals.append(signal.name) -%}
    {%- endfor -%}
    {%- set weighted = signals() | selectattr('weight') | map(attribute='model') | list -%}
    {%- for model in models.values() if by_weight and model.name not in weighted -%}
        {%- do model.update({'top_k': 0}) -%}
    {%- endfor -%}
    {{ return(models.values() | list) }}
{%- endmacro %}

{#- Models with a row for each customer and article, each of which is a candidate. -#}
{% macro candidate_sources() -%}
    {%- set sources = [] -%}
    {%- for model in signal_models() if model.top_k and is_of_pairs(model['keys']) -%}
        {%- do sources.append(model) -%}
    {%- endfor -%}
    {{ return(sources) }}
{%- endmacro %}

{#- All other models that are used: joined to the candidates on their keys; the `top_k` best rows of a coarser grain become candidates. -#}
{% macro attached_models() -%}
    {{ return(signal_models() | reject('in', candidate_sources()) | list) }}
{%- endmacro %}

{#- The model of an item-item signal: its rows of `neighbour_candidates`. -#}
{% macro candidates_by_neighbours(signal) -%}
select
    customer_key,
    article_key,
    value as {{ signal }}
from {{ ref('neighbour_candidates') }}
where signal = '{{ signal }}'
{%- endmacro %}

{#-
    Each pair of a customer and an eligible article of some candidate source, once, with a column for each signal: its value (`repurchase`), null
    where the signal is absent; with `in_buckets` the bucket of its value (`repurchase_bucket`), 0 where it is absent.

    `customers` is a relation with the columns of `scored_customers`. Expands to a CTE for each signal model, such as

        repurchase_signals as (select customer_key, article_key, repurchase, ... from signals.repurchase)

    then to `candidates_by_source`, the union of all candidate sources; `pairs`, which has each pair once; and a select that joins the signals of a
    coarser grain. A value falls into its bucket in the model's own CTE: the popularity of an article once, not for each customer.
-#}
{% macro candidates_of(customers, in_buckets=false) -%}
{%- set sources = candidate_sources() -%}
{%- set suffix = '_bucket' if in_buckets else '' -%}
{%- set signals_of_sources = sources | map(attribute='signals') | sum(start=[]) -%}
{%- set models_of_articles = attached_models() | selectattr('is_of_articles') | list -%}
{%- set other_models = attached_models() | rejectattr('is_of_articles') | list -%}
{%- set signals_of_articles = models_of_articles | map(attribute='signals') | sum(start=[]) -%}
with
{%- for model in signal_models() %}
{{ model.name }}_signals as (

    select
        {{ model['keys'] | join(', ') }},
        {%- for signal in model.signals %}
        {{ 'cast(' ~ bucket_of(signal) ~ ' as utinyint) as ' if in_buckets }}{{ signal ~ suffix }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model.name) }}
    {%- if in_buckets %}
    cross join {{ ref('bucket_ranges') }}
    {%- endif %}

),
{% endfor %}
shared_candidates as (

    -- to everybody in a segment: the best articles of signals of a coarser grain
    {% for model in attached_models() if model.top_k %}
    select
        {{ 'best' if 'segment_key' in model['keys'] else 'segments' }}.segment_key,
        best.article_key
    from {{ best_of(model) }} as best
    {%- if 'segment_key' not in model['keys'] %}
    cross join (select distinct segment_key from {{ customers }}) as segments
    {%- endif %}

    union

    {% endfor %}
    -- and those that fill the lists, also where rules suppress many
    select
        segment_key,
        article_key
    from ({{ shown_by_segment() | indent(4) }})
    where fills_lists

),

candidates_by_source as (

    {% for model in sources %}
    select
        customer_key,
        article_key,
        {%- for signal in signals_of_sources %}
        {{ 'null as ' if signal not in model.signals }}{{ signal ~ suffix }},
        {%- endfor %}
        -- a bit of its own for each source of candidates
        {{ 2 ** loop.index0 }}::bigint as source_bit
    from {{ model.name }}_signals

    union all

    {% endfor %}
    select
        customers.customer_key,
        shared_candidates.article_key,
        {%- for signal in signals_of_sources %}
        null as {{ signal ~ suffix }},
        {%- endfor %}
        {{ 2 ** (sources | length) }}::bigint as source_bit
    from {{ customers }} as customers
    inner join shared_candidates on customers.segment_key = shared_candidates.segment_key

    union all

    select
        customer_key,
        article_key,
        {%- for signal in signals_of_sources %}
        null as {{ signal ~ suffix }},
        {%- endfor %}
        {{ 2 ** (sources | length + 1) }}::bigint as source_bit
    from {{ ref('personal_fillers') }}

),

pairs as (

    -- each candidate source has a pair once, so that a signal has one value, which is also the largest
    select
        customer_key,
        article_key
        {%- for signal in signals_of_sources %},
        max({{ signal ~ suffix }}) as {{ signal ~ suffix }}
        {%- endfor %}
    from candidates_by_source
    semi join {{ customers }} as customers on candidates_by_source.customer_key = customers.customer_key
    group by customer_key, article_key
    having
        case
            when bit_count(bit_or(source_bit)) = count(*) then true
            else error(
                concat_ws(
                    ' or '
                    {%- for model in sources %},
                    case when bit_or(source_bit) & {{ 2 ** loop.index0 }} > 0 then 'signals/{{ model.name }}' end
                    {%- endfor %}
                )
                || ' has several rows of customer_key ' || customer_key || ' and article_key ' || article_key
                || ': a signal needs one row for each, so group by both in its model.'
            )
        end

),

articles as (

    -- signals of an article: joined here once, and not again for each pair
    select
        articles.*
        {%- for signal in signals_of_articles %},
        {{ signal ~ suffix }}
        {%- endfor %}
    from {{ ref('eligible_articles') }} as articles
    {{- left_joins(models_of_articles) | indent(4) }}

)

select
    {{ target_week() }} as target_week,
    pairs.customer_key,
    pairs.article_key,
    {%- for signal in signals() %}
    {%- if in_buckets %}
    {{ 'coalesce(' ~ signal.name ~ '_bucket, 0::utinyint)' if signal.is_used else '0::utinyint' }} as {{ signal.name }}_bucket
    {%- else %}
    cast({{ signal.name if signal.is_used else 'null' }} as real) as {{ signal.name }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
from pairs
inner join {{ customers }} as customers on pairs.customer_key = customers.customer_key
inner join articles on pairs.article_key = articles.article_key
{{- left_joins(other_models) }}
{%- endmacro %}

{#-
    Left joins of signal models on their keys: `left join season_signals on articles.department_key = season_signals.department_key`. A signal of an
    article, or of a group of articles, finds its keys in `articles`, others also in `pairs` and `customers`.
-#}
{% macro left_joins(models) -%}
{%- set cte_of_key = {'customer_key': 'pairs', 'article_key': 'pairs', 'segment_key': 'customers'} -%}
{%- for model in models %}
left join {{ model.name }}_signals
    on
        {%- for key in model['keys'] %}
        {{ 'and ' if not loop.first }}{{ 'articles' if model.is_of_articles else cte_of_key.get(key, 'articles') }}.{{ key }} = {{ model.name }}_signals.{{ key }}
        {%- endfor %}
{%- endfor %}
{%- endmacro %}

{#-
    The best articles by a signal of a coarser grain, for all customers or for all of a segment: the cold-start fallback, since customers
    without purchases have no other candidates. There are enough of them to fill a list of any length.
-#}
{% macro best_of(model) -%}
    {%- set segmented = 'segment_key' in model['keys'] -%}
    (
        select
            eligible.article_key{{ ', best.segment_key' if segmented }}
        from {{ ref('eligible_articles') }} as eligible
        {{ 'inner' if segmented else 'left' }} join {{ ref(model.name) }} as best on eligible.article_key = best.article_key
        qualify row_number() over (
            {{ 'partition by best.segment_key' if segmented }}
            order by best.{{ model.signals[0] }} desc nulls last, eligible.popularity_rank
        ) <= {{ enough_for_a_list([model.top_k]) }}
    )
{%- endmacro %}

{#-
    Number of articles that become candidates of everybody: the largest `top_k` of these, or if that is more, a list's length, twice with
    `hide_bought_days` or `explore_slots`. A `top_k` that is no number is refused when the run starts.
    `eligible_articles_by_segment` replaces articles that rules suppress; `personal_fillers` adds what a customer still lacks.
-#}
{% macro enough_for_a_list(top_ks) -%}
    {%- set least = (2 if var('hide_bought_days') > 0 or var('explore_slots') > 0 else 1) * var('list_length') -%}
    {{ return((top_ks | select('number') | list + [least]) | max) }}
{%- endmacro %}
