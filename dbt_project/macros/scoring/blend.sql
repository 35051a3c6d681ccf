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

{#-
    The corrections of the default points of single signals, as fitted for the target week (recs_py/training/default_fit.py). One row per signal and
    bucket of the fit; none where nothing was fitted.
-#}
{% macro corrections() -%}
{%- if are_fitted() -%}
select
    signal,
    bucket,
    lower,
    points
from learned.corrections
where target_week = {{ target_week() }}
{%- else -%}
select
    null::varchar as signal,
    null::integer as bucket,
    null::double as lower,
    null::double as points
where false
{%- endif %}
{%- endmacro %}

{#- The same for pairs of signals. One row per pair and buckets of the fit. -#}
{% macro interaction_corrections() -%}
{%- if are_fitted() -%}
select
    signal,
    bucket,
    other_signal,
    other_bucket,
    points
from learned.interaction_corrections
where target_week = {{ target_week() }}
{%- else -%}
select
    null::varchar as signal,
    null::integer as bucket,
    null::varchar as other_signal,
    null::integer as other_bucket,
    null::double as points
where false
{%- endif %}
{%- endmacro %}

{#- The week that corrects the default points of the target week, as text in SQL; 'nothing' where none does. -#}
{% macro corrected_by() -%}
{%- if are_fitted() and learned_blend() is none -%}
coalesce((select any_value(fitted_week)::varchar from learned.fits where trees > 0 and target_week = {{ target_week() }}), 'nothing')
{%- else -%}
'nothing'
{%- endif %}
{%- endmacro %}

{#- Whether there are corrections, for whichever week. A training starts from the points without them. -#}
{% macro are_fitted() -%}
    {{ return(
        execute and var('fit_weights') and not var('training')
        and adapter.get_relation(target.database, 'learned', 'interaction_corrections') is not none
    ) }}
{%- endmacro %}

{#- Refuses a learned blend that does not fit, by the settings and the loaded data alone: staging does not have the target week yet. -#}
{% macro check_learned_blend() -%}
    {#- `adapter` is not used here: it would begin a transaction, and dbt would roll that back together with the next hook's work -#}
    {%- if execute and var('learned') and 'model.recs.signal_shapes' in selected_resources
        and adapter.dispatch('has_blends')() -%}
        {%- set day = day_in_week(asked_for()) if asked_for() else "date '9999-12-31'" -%}
        {%- set the_week = run_query(
            "select " ~ first_day_of_week(day, week_starts_on('dataset')) ~ " as target_week, name as dataset from " ~ source('raw', 'dataset')
            ~ " as dataset"
        ).rows[0] -%}
        {%- do blend_that_fits(the_week['target_week'] | string, the_week['dataset']) -%}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__has_blends() -%}
    {{ return(run_query(
        "select 1 from duckdb_tables() where database_name = current_database() and schema_name = 'learned' and table_name = 'blends'"
    ).rows | length > 0) }}
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
    {%- elif blend.get('signals_version') != signals_version() -%}
        {%- set fault = "was fitted by another version of recs, whose signals meant something else" -%}
    {%- endif -%}
    {%- if fault and var('training') -%}
        {{ return(none) }}
    {%- elif fault -%}
        {{ exceptions.raise_compiler_error(
            "The learned blend " ~ blend['blend_id'] ~ " " ~ fault
            ~ (": run `recs train --week " ~ blend['trained_for'] ~ "` again, since it scores that past week and later ones, "
            ~ "or `recs train --rollback` until it is out of use." if blend.get('used_before')
            else ": run `recs train` again, or `recs train --rollback` to go back to the blend before.")
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
        {#- blends of earlier versions lack later columns -#}
        {%- set used_before, promotion = blend.get('used_before'), blend.get('promotion') or 0 -%}
        {%- if blend['trained_for'] | string <= week and (not used_before or week < used_before | string) and promotion >= last.promotion -%}
            {%- set last.blend, last.promotion = blend, promotion -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(last.blend) }}
{%- endmacro %}

{#-
    The pairs of signals that have points together in the blend in use: those that `recs train` found, and before anything is learned each
    signal of own history with `repeat_rate_of_type`, the one with the largest weight with each signal of first purchases, and the pairs that the
    last whole week corrects.
-#}
{% macro interacting_signals() -%}
    {%- set blend_id, found = learned_blend(), [] -%}
    {%- if blend_id is not none -%}
        {%- for row in run_query(
            "select distinct signal, other_signal from learned.interaction_shapes where blend_id = " ~ blend_id ~ " order by 1, 2"
        ).rows -%}
            {%- do found.append((row['signal'], row['other_signal'])) -%}
        {%- endfor -%}
    {%- else -%}
        {%- set own = used_signals() | selectattr('source', 'equalto', 'own_history') | selectattr('weight') | list -%}
        {%- for other in used_signals() -%}
            {%- if other.name == 'repeat_rate_of_type' -%}
                {%- for signal in own -%}
                    {%- do found.append((signal.name, other.name)) -%}
                {%- endfor -%}
            {%- elif own and other.source == 'first_purchases' and other.weight -%}
                {%- do found.append(((own | sort(attribute='weight', reverse=true))[0].name, other.name)) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set used = used_signals() | map(attribute='name') | list -%}
        {%- set corrected = run_query("select distinct signal, other_signal from (" ~ interaction_corrections() ~ ") order by 1, 2").rows if are_fitted() else [] -%}
        {%- for row in corrected if (row['signal'], row['other_signal']) not in found and row['signal'] in used and row['other_signal'] in used -%}
            {%- do found.append((row['signal'], row['other_signal'])) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{%- endmacro %}

{#- The same pairs, each with its column, its label, and the signal that a person would name (`named`). -#}
{% macro interactions() -%}
    {%- set pairs, listed = [], signals() -%}
    {%- for signal, other in interacting_signals() -%}
        {%- do pairs.append({
            'signal': signal, 'other': other, 'name': signal ~ '__' ~ other, 'signals': [signal, other],
            'label': signal ~ ' & ' ~ other, 'named': named_signal([signal, other], listed),
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
    pair includes them, so only signals without a pair are looked up by themselves. `list` is the column of `point_lists`.
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
    {{ relation }}.{{ signal }}_points
    {%- for pair in interactions() if signal in pair.signals %} + {{ relation }}.{{ pair.name }}_points{% endfor %}
{%- endmacro %}

{#- Edge number `step` of a signal's buckets, which are equally wide in the logarithm between its lower and upper value. -#}
{% macro bucket_edge(step) -%}
    ranges.lower * power(ranges.upper / ranges.lower, ({{ step }}) / {{ var('buckets') }}.0)
{%- endmacro %}

{#-
    The bucket of a value: 0 when the signal is absent (null, or not above 0), else 1..buckets; values outside of
    lower..upper fall into the first or the last bucket.
-#}
{% macro bucket_of(signal) -%}
    case
        when {{ signal }} is null or {{ signal }} <= 0 then 0
        when {{ signal }} >= {{ signal }}_upper then {{ var('buckets') }}
        when {{ signal }} <= {{ signal }}_lower then 1
        else least(
            {{ var('buckets') }},
            1 + cast(floor(ln({{ signal }} / {{ signal }}_lower) * {{ signal }}_buckets_per_ln) as integer)
        )
    end
{%- endmacro %}

{#- Range of the values of each signal in the relation `candidates`: the 1 % and 99.9 % quantiles of values above 0. -#}
{% macro value_ranges(candidates) -%}
with signal_values as (

    {% for signal in used_signals() %}
    select
        '{{ signal.name }}' as signal,
        {{ signal.name }} as signal_value
    from {{ candidates }}
    where {{ signal.name }} > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    signal,
    cast(quantile_disc(signal_value, 0.01) as double) as lower,
    cast(quantile_disc(signal_value, 0.999) as double) as upper
from signal_values
group by signal
{%- endmacro %}

{#- The columns that `bucket_of` needs for a signal: aggregates over `signal, lower, upper`. -#}
{% macro range_columns(signal) -%}
min(lower) filter (where signal = '{{ signal }}') as {{ signal }}_lower,
max(upper) filter (where signal = '{{ signal }}') as {{ signal }}_upper,
{{ var('buckets') }} / nullif(ln(
    max(upper) filter (where signal = '{{ signal }}')
    / min(lower) filter (where signal = '{{ signal }}')
), 0) as {{ signal }}_buckets_per_ln
{%- endmacro %}

{#- Points are multiples of 2^-32: sums of them are exact in any order, so contributions sum to the score to the last digit. -#}
{% macro exact_points(expression) -%}
    round(({{ expression }}) * 4294967296) / 4294967296
{%- endmacro %}

{#-
    Position of the points of a signal's bucket, or of the buckets of a pair, in their list, from 1. A bucket may be stored in a byte, which is too
    small for the position. Positions are bigints, and it is cheaper to cast each signal's bucket than every pair's position.
-#}
{% macro position_of_points(signals, bucketed) -%}
    {%- if signals | length == 2 -%}
        cast({{ bucketed }}.{{ signals[0] }}_bucket as bigint) * {{ var('buckets') + 1 }} + {% endif -%}
    (cast({{ bucketed }}.{{ signals[-1] }}_bucket as bigint) + 1)
{%- endmacro %}

{#-
    The score of a row of the relation `bucketed`, in fewer look-ups in `point_lists` than `points`: all candidates are scored, but the points of
    each term are looked up only for those that are shown.
-#}
{% macro score(bucketed) -%}
    {%- for term in merged_terms() %}
    point_lists.{{ term.list }}[{{ position_of_points(term.signals, bucketed) }}]{{ ' +' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#-
    The points of each used signal and pair of signals for the buckets in `bucketed`, a relation, and their sum as `score`; the columns `kept` of
    `bucketed` are passed on. Expands to one look-up for each, such as
    `point_lists.repurchase_points[(cast(bucketed.repurchase_bucket as bigint) + 1)] as repurchase_points`.
-#}
{% macro points(bucketed, kept=[]) -%}
with contributions as (

    select
        bucketed.target_week,
        bucketed.customer_key,
        bucketed.article_key,
        {%- for column in kept %}
        bucketed.{{ column }},
        {%- endfor %}
        {%- for term in terms() %}
        point_lists.{{ term.name }}_points[{{ position_of_points(term.signals, 'bucketed') }}] as {{ term.name }}_points
            {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ bucketed }} as bucketed
    cross join {{ ref('point_lists') }} as point_lists

)

select
    *,
    {% for term in terms() %}
    {{ term.name }}_points{{ ' +' if not loop.last }}
    {%- endfor %} as score
from contributions
{%- endmacro %}

{#- The `points` of the relation `candidates`, which has the values of signals: each value falls into its bucket, each bucket has points. -#}
{% macro points_of_values(candidates) -%}
with bucketed as (

    select
        candidates.target_week,
        candidates.customer_key,
        candidates.article_key,
        {%- for signal in signals() %}
        {{ bucket_of(signal.name) if signal.is_used else 0 }} as {{ signal.name }}_bucket{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ candidates }} as candidates
    cross join {{ ref('bucket_ranges') }} as ranges

),

blended as (

    {{ points('bucketed') | indent(4) }}

)

select *
from blended
{%- endmacro %}
