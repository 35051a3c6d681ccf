-- The words of the list of signals, and the shop's own where it has some.
with entries as (

    {%- for signal in signals() %}
    select
        {{ loop.index }} as number,
        {{ literal(signal.name) }} as signal,
        {{ literal(signal.label) }} as label,
        {{ literal(signal.reason) if signal.reason else 'cast(null as varchar)' }} as reason,
        {{ literal(grain_in_words(signal['keys'])) }} as grain,
        {{ signal.monotone }} as monotone
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

labels as (

    select
        signal,
        nullif(trim(label), '') as label,
        nullif(trim(reason), '') as reason
    from {{ source('shop', 'labels').include(database=false) }}

),

checked_labels as (

    select
        labels.*,
        case
            when entries.signal is null then 'there is no such signal'
            when labels.reason is not null and entries.reason is null
                then 'the signal is no reason to recommend an article, so that its text is not used'
            when not regexp_full_match(labels.reason, {{ literal(well_formed_reason(placeholders() | join('|'))) }})
                then 'the reason has an unknown placeholder, or braces or brackets that do not match, and is not used: '
                    || 'placeholders are {{ '{' ~ placeholders() | join('}, {') ~ '}' }}'
        end as problem
    from labels
    left join entries on labels.signal = entries.signal

)

select
    entries.number,
    coalesce(entries.signal, checked_labels.signal) as signal,
    coalesce(checked_labels.label, entries.label) as label,
    coalesce(case when checked_labels.problem is null then checked_labels.reason end, entries.reason) as reason,
    entries.grain,
    entries.monotone,
    checked_labels.problem
from entries
full join checked_labels on entries.signal = checked_labels.signal
