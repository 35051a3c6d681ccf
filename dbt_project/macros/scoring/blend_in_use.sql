{#-
    Number of the learned blend that scores the target week; none if the default weights score it. `check_learned_blend` refuses a blend that
    does not fit before anything is built. `recs train`, which is the way out, continues with the default weights in that case.
-#}
{% macro learned_blend() -%}
    {%- set week = ref('target_week') -%}
    {%- if not execute or not var('learned') or not adapter.get_relation(target.database, 'learned', 'blends') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set the_week = run_query("select target_week, dataset from " ~ week).rows[0] -%}
    {{ return(blend_that_fits(the_week['target_week'] | string, the_week['dataset'])) }}
{%- endmacro %}

{#- Refuses a learned blend that does not fit, by the settings and the loaded data alone: staging does not have the target week yet. -#}
{% macro check_learned_blend() -%}
    {#- `adapter` is not used here: it would begin a transaction, and dbt would roll that back together with the next hook's work -#}
    {%- if execute and var('learned') and 'model.recs.signal_shapes' in selected_resources
        and run_query(
            "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'learned' and table_name = 'blends'"
        ).rows | length > 0 -%}
        {%- set day = day_in_week(var('target_week')) if var('target_week') else "date '9999-12-31'" -%}
        {%- set the_week = run_query(
            "select " ~ first_day_of_week(day, 'week_starts_on') ~ " as target_week, name as dataset from " ~ source('raw', 'dataset')
        ).rows[0] -%}
        {%- do blend_that_fits(the_week['target_week'] | string, the_week['dataset']) -%}
    {%- endif -%}
{%- endmacro %}

{#-
    Number of the blend in use for a week, or none. An error if the blend was learned on another data set, from other signals, from other meanings
    of them or with other buckets.
-#}
{% macro blend_that_fits(week, dataset) -%}
    {%- set blend = blend_in_use(week) -%}
    {%- if blend is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- if blend['dataset'] != dataset -%}
        {%- set fault = "comes from the data set " ~ blend['dataset'] ~ ", not from " ~ dataset -%}
    {%- elif blend['signals'] != signals() | map(attribute='name') | join(',') or blend['buckets'] != var('buckets') -%}
        {%- set fault = "was fitted on another list of signals or buckets than dbt_project.yml has now" -%}
    {%- elif blend.get('signals_version') != var('signals_version') -%}
        {%- set fault = "was fitted by another version of recs, whose signals meant something else" -%}
    {%- endif -%}
    {%- if fault and var('training') -%}
        {{ return(none) }}
    {%- elif fault -%}
        {{ exceptions.raise_compiler_error(
            "The learned blend " ~ blend['blend_id'] ~ " " ~ fault
            ~ ": run `recs train` again, or `recs train --rollback` to go back to the blend before."
        ) }}
    {%- endif -%}
    {{ return(blend['blend_id']) }}
{%- endmacro %}

{#-
    Row of the blend in use for a week: the blend that was promoted last, of those learned from earlier weeks alone. A backtest therefore never
    scores a week with a blend that learned from it. A blend that was trained for a past week scores no week from `used_before` on, the week
    that was next at that time. `promotion.blend_for` has the same rule. None before anything is learned.
-#}
{% macro blend_in_use(week) -%}
    {%- set last = namespace(blend=none, promotion=0) -%}
    {%- for blend in run_query("select * from learned.blends where is_promoted order by blend_id").rows -%}
        {#- blends of earlier versions lack the columns that came since -#}
        {%- set used_before, promotion = blend.get('used_before'), blend.get('promotion') or 0 -%}
        {%- if blend['trained_for'] | string <= week and (not used_before or week < used_before | string) and promotion >= last.promotion -%}
            {%- set last.blend, last.promotion = blend, promotion -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(last.blend) }}
{%- endmacro %}

{#-
    The pairs of signals that have points together in the blend in use: those that `recs train` found, and before anything is learned each
    signal of own history with `repeat_rate_of_type`.
-#}
{% macro interactions() -%}
    {%- set blend_id = learned_blend() -%}
    {%- set found, pairs = [], [] -%}
    {%- if blend_id is not none -%}
        {%- for row in run_query(
            "select distinct signal, other_signal from learned.interaction_shapes where blend_id = " ~ blend_id ~ " order by 1, 2"
        ).rows -%}
            {%- do found.append((row['signal'], row['other_signal'])) -%}
        {%- endfor -%}
    {%- elif used_signals() | selectattr('name', 'equalto', 'repeat_rate_of_type') | list -%}
        {%- for signal in used_signals() if signal.source == 'own_history' and signal.weight -%}
            {%- do found.append((signal.name, 'repeat_rate_of_type')) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for signal, other in found -%}
        {%- do pairs.append({
            'signal': signal, 'other': other, 'name': signal ~ '__' ~ other, 'signals': [signal, other],
            'label': signal ~ ' & ' ~ other,
        }) -%}
    {%- endfor -%}
    {{ return(pairs) }}
{%- endmacro %}

{#- The signals and pairs that may add points to a score, in the order of the sum: column name, label for readers, and their signals. -#}
{% macro terms() -%}
    {%- set all = [] -%}
    {%- for signal in used_signals() -%}
        {%- do all.append({'name': signal.name, 'label': signal.name, 'signals': [signal.name]}) -%}
    {%- endfor -%}
    {{ return(all + interactions()) }}
{%- endmacro %}

{#-
    The sum of `terms` in fewer parts, equal to the last digit: each pair includes the own points of its signals, unless an earlier
    pair includes them, so only signals without a pair are looked up by themselves. `list` is the column of a lookup.
-#}
{% macro merged_terms() -%}
    {%- set all, taken = [], [] -%}
    {%- for pair in interactions() -%}
        {%- set takes = pair.signals | reject('in', taken) | list -%}
        {%- do all.append({
            'name': pair.name, 'signals': pair.signals, 'takes': takes,
            'list': pair.name ~ ('_sums' if takes else '_points'),
        }) -%}
        {%- do taken.extend(takes) -%}
    {%- endfor -%}
    {%- for signal in used_signals() if signal.name not in taken -%}
        {%- do all.append({'signals': [signal.name], 'takes': [], 'list': signal.name ~ '_points'}) -%}
    {%- endfor -%}
    {{ return(all) }}
{%- endmacro %}

{#- Sum of a signal's own points and those of its pairs. -#}
{% macro points_of(signal, relation) -%}
    {{ relation }}.{{ signal }}
    {%- for pair in interactions() if signal in pair.signals %} + {{ relation }}.{{ pair.name }}{% endfor %}
{%- endmacro %}
