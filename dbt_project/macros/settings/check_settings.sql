{#-
    Stops a run before it builds anything if a setting would be ignored or misunderstood: all faults at once, each with its place.
    dbt lists only the variables of `--vars`; those of the project's file are read from it.
-#}
{% macro check_settings() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'test') -%}
        {%- set places, faults = places_of_settings(), [] -%}
        {%- for name, place in places.items() -%}
            {%- if name not in settings() -%}
                {%- do faults.append("there is no setting " ~ name ~ did_you_mean(name, settings() | list) ~ " (in " ~ place ~ ")") -%}
            {%- else -%}
                {%- for fault in value_faults(var(name), settings()[name]) -%}
                    {%- do faults.append(name ~ " is " ~ shown(var(name)) ~ ": " ~ fault ~ " (in " ~ place ~ ")") -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name in settings() if name not in places and project_name == 'recs' -%}
            {%- do faults.append("the setting " ~ name ~ " is missing (in vars of dbt_project.yml): add it") -%}
        {%- endfor -%}
        {%- for fault in signal_faults() if signal_lines() -%}
            {%- do faults.append(fault ~ " (in signals" ~ (" or own_signals" if var('own_signals') else "") ~ ", in " ~ (places.signals or places.own_signals) ~ ")") -%}
        {%- endfor -%}
        {%- if faults -%}
            {{ exceptions.raise_compiler_error(
                (faults | length ~ " settings are wrong: " if faults | length > 1 else "A setting is wrong: ") ~ faults | join("; ") ~ "."
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The place of each variable that is given, by its name. -#}
{% macro places_of_settings() -%}
    {#- without `auto_begin`: dbt would roll back the transaction that a query begins, and the next hook's work with it -#}
    {%- call statement('project_file', fetch_result=True, auto_begin=False) -%}
        select content from read_text({{ literal(invocation_args_dict.project_dir ~ '/dbt_project.yml') }})
    {%- endcall -%}
    {%- set content = load_result('project_file').table.columns[0].values() -%}
    {%- set of_file = dict(fromyaml(content[0]).get('vars') or {}) if content else {} -%}
    {#- dbt also reads variables under the name of a package: here, `recs` -#}
    {%- set of_recs = of_file.pop('recs', {}) -%}
    {#- a project that has recs as a package may have variables of its own beside them -#}
    {%- set others = of_file if project_name == 'recs' else settings() | select('in', of_file) -%}
    {%- set places = dict.fromkeys(others | list + of_recs | list, 'vars of dbt_project.yml') -%}
    {%- do places.update(dict.fromkeys(invocation_args_dict.vars or {}, '--vars')) -%}
    {{ return(places) }}
{%- endmacro %}

{#- The faults of a value, each with a way out; none if the value is as its line in `settings` demands. -#}
{% macro value_faults(value, setting) -%}
    {%- set type, faults = setting.type, [] -%}
    {%- if type == 'choices' and value not in setting.choices -%}
        {%- do faults.append("choose " ~ setting.choices | join(" or ")) -%}
    {%- elif type == 'boolean' and value is not boolean -%}
        {%- do faults.append("choose true or false") -%}
    {%- elif type == 'word' and not modules.re.fullmatch('[A-Za-z_][A-Za-z0-9_]*', value | string) -%}
        {%- do faults.append("choose a name of letters, digits and _") -%}
    {%- elif type == 'week' and value != '' and not is_week(value) -%}
        {%- do faults.append("choose a day such as 2020-09-23 or an ISO week such as 2020-W39") -%}
    {%- elif type == 'day' and value != '' and not is_day(value) -%}
        {%- do faults.append("choose a day such as 2020-09-23") -%}
    {%- elif type in ('whole', 'number') and not is_within(value, setting) -%}
        {%- do faults.append("choose a " ~ number_within(setting)) -%}
    {%- elif type == 'text' and (value is mapping or value is number or is_list(value)) -%}
        {%- do faults.append("choose a text") -%}
    {%- elif type == 'signals' and (not is_list(value) or value | length < setting.least or value | selectattr('name', 'string') | list != value) -%}
        {%- do faults.append("choose a list of signals, each with a name") -%}
    {%- elif type == 'wholes' and (not is_list(value) or not value or not are_within(value, setting)) -%}
        {%- do faults.append("choose a list, each of it a " ~ number_within(setting)) -%}
    {%- elif type == 'half_lives' and (value is not mapping or value | list | sort != setting['keys'] | sort or not are_within(value.values(), setting)) -%}
        {%- do faults.append("choose a " ~ number_within(setting) ~ " for each of " ~ setting['keys'] | join(", ")) -%}
    {%- elif type == 'names' and value not in setting.get('instead', []) -%}
        {%- if not is_list(value) or value | select('string') | list != value -%}
            {%- do faults.append("choose " ~ (setting.get('instead', []) + ["a list of names"]) | join(" or ")) -%}
        {%- else -%}
            {%- for name in value if name not in setting.words -%}
                {%- do faults.append("there is no " ~ setting.what ~ " " ~ name
                    ~ (did_you_mean(name, setting.words) or ", choose from " ~ setting.words | join(", "))) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}

{% macro is_list(value) -%}
    {{ return(value is iterable and value is not string and value is not mapping) }}
{%- endmacro %}

{#- Whether a text is a day of the calendar, written as in 2020-09-23, or a week of the ISO calendar, as in 2020-W39. -#}
{% macro is_week(value) -%}
    {%- set iso_week = modules.re.fullmatch('(?i)([0-9]{4})-?W([0-9]{1,2})', value | string) -%}
    {%- if not iso_week -%}
        {{ return(is_day(value)) }}
    {%- endif -%}
    {%- call statement('week', fetch_result=True, auto_begin=False) %}
        select isoyear(day) = {{ iso_week[1] | int }} and week(day) = {{ iso_week[2] | int }}
        from (select try_strptime('{{ iso_week[1] }}W{{ iso_week[2] }}-7', '%GW%V-%u') as day)
    {%- endcall -%}
    {{ return(load_result('week').table.columns[0].values()[0]) }}
{%- endmacro %}

{#- Whether a text is a day of the calendar, written as in 2020-09-23. -#}
{% macro is_day(value) -%}
    {%- call statement('day', fetch_result=True, auto_begin=False) -%}
        select cast(try_cast({{ literal(value) }} as date) as varchar) is not distinct from {{ literal(value) }}
    {%- endcall -%}
    {{ return(load_result('day').table.columns[0].values()[0]) }}
{%- endmacro %}

{#- A value as it would be written in `--vars`. -#}
{% macro shown(value) -%}
    {{ return(value if value is string and value else value | tojson) }}
{%- endmacro %}

{#- Whether a value is a number of the kind and range that the setting's line allows. -#}
{% macro is_within(value, setting) -%}
    {{ return(
        value is number and value is not boolean and (value is integer or setting.type not in ('whole', 'wholes'))
        and value >= setting.get('least', value) and value <= setting.get('most', value)
        and not ('above' in setting and value <= setting.above) and not ('below' in setting and value >= setting.below)
    ) }}
{%- endmacro %}

{% macro are_within(values, setting) -%}
    {%- for value in values if not is_within(value, setting) -%}
        {{ return(false) }}
    {%- endfor -%}
    {{ return(true) }}
{%- endmacro %}

{#- The numbers for which `is_within` is true, in words. -#}
{% macro number_within(setting) -%}
    {%- set words = ["whole number" if setting.type in ('whole', 'wholes') else "number"] -%}
    {%- for end, word in {'least': 'from', 'above': 'above', 'most': 'to', 'below': 'below'}.items() if end in setting -%}
        {%- do words.append(word ~ " " ~ setting[end]) -%}
    {%- endfor -%}
    {{ return(words | join(" ")) }}
{%- endmacro %}

{#- The new name of a setting or key that was renamed, or else the nearest of some names as a question; nothing if none is near. -#}
{% macro did_you_mean(name, known) -%}
    {%- set renamed = {
        'alive_days': 'eligible_days', 'largest_basket': 'max_basket_size', 'largest_history': 'max_history_size', 'most_common_share': 'max_df',
        'without': 'ablations', 'proposes': 'top_k', 'per_customer': 'top_k',
    } -%}
    {%- if renamed.get(name) in known -%}
        {{ return(": it is called " ~ renamed[name] ~ " now") }}
    {%- elif not known -%}
        {{ return("") }}
    {%- endif -%}
    {%- call statement('nearest', fetch_result=True, auto_begin=False) -%}
        select
            known.name,
            jaro_winkler_similarity(known.name, {{ literal(name) }}) as similarity
        from (
            values
            {%- for word in known %}
            ({{ literal(word) }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as known (name)
        where similarity > 0.85
        order by similarity desc, known.name
        limit 1
    {%- endcall -%}
    {%- set nearest = load_result('nearest').table.columns[0].values() -%}
    {{ return(", did you mean " ~ nearest[0] ~ "?" if nearest else "") }}
{%- endmacro %}
