{#-
    The list of signals (`vars: signals` in dbt_project.yml) with its defaults filled in: name, weight, model, keys, proposes, neighbours.
    A model of several signals stands once in `signal_models()`, with all of them.
-#}
{% macro signals() -%}
    {%- set filled = [] -%}
    {%- for signal in var('signals') -%}
        {%- do filled.append({
            'name': signal.name,
            'weight': signal.weight,
            'model': signal.model or signal.name,
            'keys': signal['keys'] if 'keys' in signal else ['customer_key', 'article_key'],
            'proposes': signal.proposes or 0,
            'neighbours': signal.neighbours,
        }) -%}
    {%- endfor -%}
    {{ return(filled) }}
{%- endmacro %}

{#- One entry per model: its name, keys, proposes and the signals that it provides. -#}
{% macro signal_models() -%}
    {%- set models = {} -%}
    {%- for signal in signals() -%}
        {%- if signal.model not in models -%}
            {%- do models.update({signal.model: {
                'name': signal.model, 'keys': signal['keys'], 'proposes': 0, 'signals': []
            }}) -%}
        {%- endif -%}
        {%- set model = models[signal.model] -%}
        {%- do model.signals.append(signal.name) -%}
        {%- do model.update({'proposes': [model.proposes, signal.proposes] | max}) -%}
    {%- endfor -%}
    {{ return(models.values() | list) }}
{%- endmacro %}

{#- Models of grain customer x article: each of their rows is a candidate. -#}
{% macro pair_models() -%}
    {{ return(signal_models() | selectattr('keys', 'equalto', ['customer_key', 'article_key']) | list) }}
{%- endmacro %}

{#- All other models: joined to the candidates on their keys; the best of those with `proposes` become candidates. -#}
{% macro attached_models() -%}
    {{ return(signal_models() | rejectattr('keys', 'equalto', ['customer_key', 'article_key']) | list) }}
{%- endmacro %}

{#- The articles that a signal of a coarser grain would recommend to everybody, or to everybody in a segment. -#}
{% macro best_of(model) -%}
    {%- set segmented = 'segment_key' in model['keys'] -%}
    (
        select
            alive.article_key{{ ', best.segment_key' if segmented }}
        from {{ ref('alive_articles') }} as alive
        {{ 'inner' if segmented else 'left' }} join {{ ref(model.name) }} as best on alive.article_key = best.article_key
        qualify row_number() over (
            {{ 'partition by best.segment_key' if segmented }}
            order by best.{{ model.signals[0] }} desc nulls last, alive.article_order
        ) <= {{ model.proposes }}
    )
{%- endmacro %}
