{#-
    Dense integer keys for the ids of a catalogue and of the transactions. Append-only: a new id gets the next number,
    an id that has a key keeps it for ever, so whatever was built with keys stays right after the next load.
-#}
{% macro append_only_keys(entity, catalogue) %}
-- by themselves, or every line is asked once more whether its id is null
with sold as materialized (

    select distinct {{ entity }}_id
    from {{ ref('checked_transactions') }}
    where rejected_because is null

),

ids as (

    select {{ trimmed(entity ~ '_id') }} as {{ entity }}_id
    from {{ catalogue }}

    union

    select {{ entity }}_id
    from sold

),

known as (

    select
        {{ entity }}_id,
        {{ entity }}_key
    from {{ this if is_incremental() else "(select '' as " ~ entity ~ "_id, 0 as " ~ entity ~ "_key where false)" }}

),

fresh as (

    select ids.{{ entity }}_id
    from ids
    anti join known on ids.{{ entity }}_id = known.{{ entity }}_id
    where ids.{{ entity }}_id is not null

)

select
    {{ entity }}_id,
    cast(
        row_number() over (order by {{ entity }}_id)
        + (select coalesce(max({{ entity }}_key), 0) from known) as integer
    ) as {{ entity }}_key
from fresh
{% endmacro %}
