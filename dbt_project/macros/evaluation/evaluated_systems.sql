{#-
    The baselines: simple lists without a recommender. `own_order`: order of the customer's own articles, larger numbers before
    smaller ones. A baseline without it has popular articles alone. `filled_by`: order of the popular articles.
-#}
{% macro baselines() -%}
    {{ return([
        {'name': 'popularity_7_days', 'filled_by': 'buyers_1_week desc, buyers_4_weeks desc'},
        {'name': 'popularity_28_days', 'filled_by': 'buyers_4_weeks desc, buyers_1_week desc'},
        {'name': 'repurchase_count', 'own_order': ['history.purchases', '-history.days_since_last']},
        {'name': 'repurchase_decayed', 'own_order': ['history.purchases_decayed']},
    ]) }}
{%- endmacro %}

{#-
    The systems that are evaluated (`vars: evaluated_systems` and `ablations`): name, kind (blend, baseline, signal,
    ablation) and, for a baseline, its order. The blend is always among them, since all others are compared with it. `check_settings` refuses other
    names.
-#}
{% macro evaluated_systems() -%}
    {%- set wanted = var('evaluated_systems') -%}
    {%- set pair_signals = candidate_sources() | map(attribute='signals') | sum(start=[]) -%}
    {%- set systems = [{'name': 'blend', 'kind': 'blend'}] -%}
    {%- for baseline in baselines() if 'baselines' in wanted or baseline.name in wanted -%}
        {%- do systems.append(dict(baseline, kind='baseline')) -%}
    {%- endfor -%}
    {%- for signal in used_signals() -%}
        {%- if 'signals' in wanted or signal.name in wanted or ('pair_signals' in wanted and signal.name in pair_signals) -%}
            {%- do systems.append({'name': signal.name, 'kind': 'signal'}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in var('ablations') -%}
        {%- do systems.append({'name': 'without_' ~ name, 'kind': 'ablation', 'signal': name}) -%}
    {%- endfor -%}
    {{ return(systems) }}
{%- endmacro %}

{#- The k of the metrics, largest last, none above `list_length`. -#}
{% macro evaluated_ranks() -%}
    {%- set ranks = [] -%}
    {%- for k in var('evaluated_ranks') -%}
        {%- do ranks.append([k, var('list_length')] | min) -%}
    {%- endfor -%}
    {{ return(ranks | unique | sort) }}
{%- endmacro %}

{#-
    A value of a signal as a number that no other article shares: a real has 24 bits, and the article's place among all ids
    (up to eight million) goes into the 29 that a double has more, so that the first id among equals comes first. Null
    where the signal is absent.
-#}
{% macro tie_broken(signal, article_order) -%}
    case when {{ signal }} > 0 then cast({{ signal }} as double) * (1 - {{ article_order }} / power(2, 52)) end
{%- endmacro %}
