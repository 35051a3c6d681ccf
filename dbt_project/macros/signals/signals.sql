{#-
    The list of signals (`vars: signals` in dbt_project.yml) with its defaults filled in: name, weight, model, keys, proposes, neighbours,
    per_customer, monotone, source, and whether it is used.
    A model of several signals stands once in `signal_models()`, with all of them that are used.
-#}
{% macro signals() -%}
    {%- set filled = [] -%}
    {%- for signal in var('signals') -%}
        {%- do filled.append({
            'name': signal.name,
            'weight': signal.weight or 0,
            'model': signal.model or signal.name,
            'keys': signal['keys'] if 'keys' in signal else ['customer_key', 'article_key'],
            'proposes': signal.proposes if 'proposes' in signal else ('all' if 'keys' not in signal else 0),
            'neighbours': signal.neighbours,
            'per_customer': signal.per_customer,
            'monotone': signal.monotone or 0,
            'source': signal.source or '',
            'is_used': var('used_signals') == 'all' or signal.name in var('used_signals'),
        }) -%}
    {%- endfor -%}
    {{ return(filled) }}
{%- endmacro %}

{#- The signals that are used: all, or those of the variable `used_signals`. -#}
{% macro used_signals() -%}
    {{ return(signals() | selectattr('is_used') | list) }}
{%- endmacro %}

{#-
    One entry per model of signals that are used: its name, keys, proposes, these signals, and whether its values are the same
    for all customers. Before anything is learned a model without weights proposes nothing, so that lists are the same whether it is
    built or not.
-#}
{% macro signal_models() -%}
    {%- set by_weight = learned_blend() is none and execute and not var('training') -%}
    {%- set models = {} -%}
    {%- for signal in used_signals() -%}
        {%- if signal.model not in models -%}
            {%- do models.update({signal.model: {
                'name': signal.model, 'keys': signal['keys'], 'proposes': signal.proposes, 'signals': [],
                'is_of_articles': 'customer_key' not in signal['keys'] and 'segment_key' not in signal['keys'],
            }}) -%}
        {%- endif -%}
        {%- do models[signal.model].signals.append(signal.name) -%}
    {%- endfor -%}
    {%- set weighted = signals() | selectattr('weight') | map(attribute='model') | list -%}
    {%- for model in models.values() if by_weight and model.name not in weighted -%}
        {%- do model.update({'proposes': 0}) -%}
    {%- endfor -%}
    {{ return(models.values() | list) }}
{%- endmacro %}

{#- The entry of one signal, by its name. -#}
{% macro signal(name) -%}
    {{ return(signals() | selectattr('name', 'equalto', name) | first) }}
{%- endmacro %}

{#- Models of which each row is a candidate. -#}
{% macro proposing_models() -%}
    {{ return(signal_models() | selectattr('proposes', 'equalto', 'all') | list) }}
{%- endmacro %}

{#- All other models that are used: joined to the candidates on their keys; the best of those with `proposes` become candidates. -#}
{% macro attached_models() -%}
    {{ return(signal_models() | rejectattr('proposes', 'equalto', 'all') | list) }}
{%- endmacro %}

{#-
    The best articles by a signal of a coarser grain, for all customers or for all of a segment: the cold-start fallback, since customers
    without purchases have no other candidates. There are enough of them to fill a list of any length.
-#}
{% macro best_of(model) -%}
    {%- set segmented = 'segment_key' in model['keys'] -%}
    (
        select
            alive.article_key{{ ', best.segment_key' if segmented }}
        from {{ ref('alive_articles') }} as alive
        {{ 'inner' if segmented else 'left' }} join {{ ref(model.name) }} as best on alive.article_key = best.article_key
        qualify row_number() over (
            {{ 'partition by best.segment_key' if segmented }}
            order by best.{{ model.signals[0] }} desc nulls last, alive.popularity_rank
        ) <= {{ enough_for_a_list(model.proposes) }}
    )
{%- endmacro %}

{#-
    Number of articles that are offered to fill a list: `proposed`, or if that is more, a list's length, twice with `hide_bought_days`. `shelf`
    replaces articles that rules suppress; `personal_fillers` adds what a customer still lacks.
-#}
{% macro enough_for_a_list(proposed) -%}
    {{ return([proposed, (2 if var('hide_bought_days') > 0 else 1) * var('list_length')] | max) }}
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
