{#-
    The list of signals (`vars: signals` in dbt_project.yml) with its defaults filled in: name, weight, model, keys, top_k, neighbours, monotone,
    source, and whether it is used. A model of several signals stands once in `signal_models()`, with all of them that are used.
-#}
{% macro signals() -%}
    {%- set filled = [] -%}
    {%- for signal in var('signals') -%}
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
            'is_used': var('used_signals') == 'all' or signal.name in var('used_signals'),
        }) -%}
    {%- endfor -%}
    {{ return(filled) }}
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

{#- The entry of one signal, by its name. -#}
{% macro signal(name) -%}
    {{ return(signals() | selectattr('name', 'equalto', name) | first) }}
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
        ) <= {{ enough_for_a_list(model.top_k) }}
    )
{%- endmacro %}

{#-
    Number of articles that become candidates of everybody: `top_k`, or if that is more, a list's length, twice with `hide_bought_days`.
    `eligible_articles_by_segment` replaces articles that rules suppress; `personal_fillers` adds what a customer still lacks.
-#}
{% macro enough_for_a_list(top_k) -%}
    {{ return([top_k, (2 if var('hide_bought_days') > 0 else 1) * var('list_length')] | max) }}
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

{#- The CTE of `candidates` that holds the given key of a signal. -#}
{% macro key_side(key) -%}
    {{ {'customer_key': 'pairs', 'article_key': 'pairs', 'segment_key': 'customers'}.get(key, 'articles') }}
{%- endmacro %}
