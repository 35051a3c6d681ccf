{#-
    Every variable of dbt_project.yml by its name, with its type and, of numbers, their ends: `least` and `most` are allowed, `above` and
    `below` are not. `check_settings` refuses a variable that is not listed here.
-#}
{% macro settings() -%}
    {%- set signal_names = [] -%}
    {%- for signal in signal_lines() if signal is mapping -%}
        {%- do signal_names.append(signal.name) -%}
    {%- endfor -%}
    {%- set system_names = ['blend', 'baselines', 'pair_signals', 'signals'] + baselines() | map(attribute='name') | list + signal_names -%}
    {{ return({
        'target_week': {'type': 'week'},
        'as_of': {'type': 'day'},
        'customers': {'type': 'choices', 'choices': ['all', 'buyers']},
        'customers_per_block': {'type': 'whole', 'least': 1},
        'used_signals': {'type': 'names', 'words': signal_names, 'what': 'signal', 'instead': ['all']},
        'list_length': {'type': 'whole', 'least': 1},
        'segment_by': {'type': 'choices', 'choices': ['age_band', 'income', 'membership', 'newsletter', 'active', 'region']},
        'eligible_days': {'type': 'whole', 'least': 1},
        'recommend_unsold': {'type': 'boolean'},
        'half_lives': {'type': 'half_lives', 'above': 0, 'keys': ['recent', 'usual', 'lasting']},
        'copurchase_weeks': {'type': 'whole', 'least': 1},
        'copurchase_minimum': {'type': 'whole', 'least': 1},
        'max_basket_size': {'type': 'whole', 'least': 1},
        'neighbours': {'type': 'whole', 'least': 1},
        'factors': {'type': 'whole', 'least': 1},
        'max_df': {'type': 'number', 'above': 0, 'most': 1},
        'max_history_size': {'type': 'whole', 'least': 1},
        'item_cf_method': {'type': 'choices', 'choices': ['cosine', 'rp3beta']},
        'apply_rules': {'type': 'boolean'},
        'hide_bought_days': {'type': 'whole', 'least': 0},
        'explore_slots': {'type': 'whole', 'least': 0, 'most': var('list_length') if var('list_length') is integer else 255},
        'learned': {'type': 'boolean'},
        'fit_weights': {'type': 'boolean'},
        'training': {'type': 'boolean'},
        'training_customers': {'type': 'whole', 'least': 1},
        'buckets': {'type': 'whole', 'least': 1, 'most': 255},
        'evaluated_systems': {'type': 'names', 'words': system_names, 'what': 'system'},
        'ablations': {'type': 'names', 'words': signal_names, 'what': 'signal'},
        'evaluated_ranks': {'type': 'wholes', 'least': 1},
        'bootstrap_replicates': {'type': 'whole', 'least': 1},
        'bootstrap_seed': {'type': 'whole'},
        'interval_level': {'type': 'number', 'above': 0, 'below': 1},
        'diversity_customers': {'type': 'whole', 'least': 1},
        'recall_customers': {'type': 'whole', 'least': 1},
        'report_customers': {'type': 'whole', 'least': 0},
        'report_purchases': {'type': 'whole', 'least': 0},
        'published_preferences': {'type': 'whole', 'least': 0},
        'evaluation_fingerprint': {'type': 'text'},
        'signals': {'type': 'signals', 'least': 1},
        'own_signals': {'type': 'signals', 'least': 0},
    }) }}
{%- endmacro %}

{#- A value of a setting or a name as a quoted text in SQL. -#}
{% macro literal(value) -%}
    '{{ value | string | replace("'", "''") }}'
{%- endmacro %}
