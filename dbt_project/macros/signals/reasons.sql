{#- Placeholders that a reason may have: columns of `recs.recommendations_explained`, and how its article and its days are written. -#}
{% macro placeholders() -%}
    {{ return(['product_type', 'category', 'department', 'colour', 'brand', 'article', 'times', 'last', 'last_date', 'gap']) }}
{%- endmacro %}

{#- Regular expression for a reason whose braces hold one of `names`, and whose brackets match and are not nested. -#}
{% macro well_formed_reason(names='[^{}]*') -%}
    {%- set text = '([^{}\\[\\]]|[{](' ~ names ~ ')[}])*' -%}
    {{ return(text ~ '(\\[' ~ text ~ '\\]' ~ text ~ ')*') }}
{%- endmacro %}

{#- The grain of a signal's keys in words: `customer x article`. -#}
{% macro grain_in_words(keys) -%}
    {{ return(keys | join(' x ') | replace('_key', '') | replace('_', ' ')) }}
{%- endmacro %}

{#-
    The signal of an interaction that a person would name, and that gets its points where a reason is chosen: one that has a reason; then one of
    first purchases beside own history, which takes its points away; then the one of the finer grain, then the one that is earlier in the list (`listed`).
-#}
{% macro named_signal(names, listed) -%}
    {%- set best = namespace(name=none, order=none) -%}
    {%- set sources = listed | selectattr('name', 'in', names) | map(attribute='source') | list -%}
    {%- for signal in listed if signal.name in names -%}
        {%- set keys = signal['keys'] -%}
        {%- if is_of_pairs(keys) -%}
            {%- set grain = 0 -%}
        {%- elif 'customer_key' in keys -%}
            {%- set grain = 1 if keys | length > 1 else 5 -%}
        {%- else -%}
            {%- set grain = 2 if 'segment_key' in keys else (3 if 'article_key' in keys else 4) -%}
        {%- endif -%}
        {%- set order = (0 if signal.reason else 1, 0 if signal.source == 'first_purchases' and 'own_history' in sources else 1, grain, loop.index) -%}
        {%- if best.order is none or order < best.order -%}
            {%- set best.name, best.order = signal.name, order -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(best.name) }}
{%- endmacro %}

{#- Each reason that a used signal has, with the names of its signals: those with the same words count together. -#}
{% macro reasons() -%}
    {%- set names = {} -%}
    {%- for signal in used_signals() if signal.reason -%}
        {%- do names.setdefault(signal.reason, []).append(signal.name) -%}
    {%- endfor -%}
    {{ return(names.values() | list) }}
{%- endmacro %}

{#-
    A reason as a sentence: the text `template` with a value in place of each placeholder. Parts in brackets that lack a value are dropped; null
    if a value is lacking elsewhere. Control characters stand for the brackets of the template (2 and
    3), since a name may have brackets too, and for no value (1): every encoding of a database has them.
-#}
{% macro sentence(template, values) -%}
    {%- set filled = namespace(text="translate(" ~ template ~ ", '[]', chr(2) || chr(3))") -%}
    {%- for name, value in values.items() -%}
        {%- set filled.text = "replace(\n    " ~ filled.text | indent(4) ~ ",\n    '{" ~ name ~ "}', coalesce(cast(" ~ value ~ " as varchar), chr(1))\n)" -%}
    {%- endfor -%}
nullif(translate(
    -- parts in brackets that lack a value, then all of a sentence that does
    regexp_replace(
        regexp_replace(
            {{ filled.text | indent(12) }}, '\x02[^\x02\x03]*\x01[^\x02\x03]*\x03', '', 'g'
        ), '[^\x01]*\x01[^\x01]*', '', 'g'
    ), chr(2) || chr(3), ''
), '')
{%- endmacro %}
