{#-
    The blend that `recs tune` learned and that rules for the target week: the last one promoted whose training weeks all
    lie before it (so that a backtest never scores a week with what was learned from it). None before anything is learned.
    Refuses a blend that was learned on another data set, other signals, other meanings of them or other buckets; only `recs tune`, which is the
    way out, goes on with the default weights then.
-#}
{% macro learned_blend() -%}
    {%- set week = ref('target_week') -%}
    {%- if not execute or not var('learned') or not adapter.get_relation(target.database, 'tuned', 'blends') -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = run_query(
        "select blends.*, the_week.dataset as loaded "
        ~ "from tuned.blends as blends cross join " ~ week ~ " as the_week "
        ~ "where blends.is_promoted and blends.tuned_for <= the_week.target_week "
        ~ "order by blends.tuned_for desc, blends.blend_id desc limit 1"
    ).rows -%}
    {%- if not found -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set blend = found[0] -%}
    {%- set way_out = ": run `recs tune` again, or `recs tune --rollback` to go back to the blend before." -%}
    {%- if blend['dataset'] != blend['loaded'] -%}
        {%- set fault = "comes from the data set " ~ blend['dataset'] ~ ", not from " ~ blend['loaded'] -%}
    {%- elif blend['signals'] != signals() | map(attribute='name') | join(',') or blend['buckets'] != var('buckets') -%}
        {%- set fault = "was fitted on another list of signals or buckets than dbt_project.yml has now" -%}
    {%- elif blend.get('signals_version') != var('signals_version') -%}
        {%- set fault = "was fitted by another version of recs, whose signals meant something else" -%}
    {%- endif -%}
    {%- if fault and var('training') -%}
        {{ return(none) }}
    {%- elif fault -%}
        {{ exceptions.raise_compiler_error("The learned blend " ~ fault ~ way_out) }}
    {%- endif -%}
    {{ return(blend['blend_id']) }}
{%- endmacro %}

{#- The pairs of signals that have points together in the blend that rules. -#}
{% macro blend_pairs() -%}
    {%- set blend_id = learned_blend() -%}
    {%- set pairs = [] -%}
    {%- if blend_id is not none -%}
        {%- for row in run_query(
            "select distinct signal, other_signal from tuned.pair_shapes where blend_id = " ~ blend_id ~ " order by 1, 2"
        ).rows -%}
            {%- do pairs.append({
                'signal': row['signal'], 'other': row['other_signal'],
                'name': row['signal'] ~ '__' ~ row['other_signal'],
                'signals': [row['signal'], row['other_signal']],
                'label': row['signal'] ~ ' & ' ~ row['other_signal'],
            }) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(pairs) }}
{%- endmacro %}

{#- Everything that may add points to a score, in the order of the sum: column name, the label that a reader sees, and the signals it is of. -#}
{% macro contributors() -%}
    {%- set all = [] -%}
    {%- for signal in used_signals() -%}
        {%- do all.append({'name': signal.name, 'label': signal.name, 'signals': [signal.name]}) -%}
    {%- endfor -%}
    {{ return(all + blend_pairs()) }}
{%- endmacro %}

{#-
    The same sum of fewer parts, to the last digit: each pair takes along the own points of those of its signals that no pair before it took,
    so that only signals of no pair are looked up by themselves. `list` is the column of a lookup.
-#}
{% macro summands() -%}
    {%- set all, taken = [], [] -%}
    {%- for pair in blend_pairs() -%}
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

{#- All points in which a signal has a say: its own and those of its pairs. -#}
{% macro points_of(signal, relation) -%}
    {{ relation }}.{{ signal }}
    {%- for pair in blend_pairs() if signal in pair.signals %} + {{ relation }}.{{ pair.name }}{% endfor %}
{%- endmacro %}
