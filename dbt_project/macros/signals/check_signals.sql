{#-
    Faults of the list of signals, as sentences: unknown keys and values, names that are no column or stand twice, a model in signals/ that no
    signal uses (it would be built and then ignored in silence), signals of one model with different keys or `top_k`, a `top_k` that does not fit
    the grain, and a list without a signal that fills the lists of customers.
-#}
{% macro signal_faults() -%}
    {%- set faults, names = [], [] -%}
    {%- for signal in signal_lines() if signal is not mapping or 'name' not in signal -%}
        {%- do faults.append("signal " ~ loop.index ~ " of the list is " ~ (signal | tojson) ~ ": give it a name, as in {name: popularity}") -%}
    {%- endfor -%}
    {%- if faults -%}
        {{ return(faults) }}
    {%- endif -%}
    {%- for signal in signal_lines() -%}
        {%- for key, value in signal.items() -%}
            {%- do faults.extend(key_faults(signal.name, key, value)) -%}
        {%- endfor -%}
        {%- if signal.name in names -%}
            {%- do faults.append("the signal " ~ signal.name ~ " stands twice in the list: remove one") -%}
        {%- endif -%}
        {%- do names.append(signal.name) -%}
    {%- endfor -%}
    {%- set listed = signals() | map(attribute='model') | list + ['neighbours', 'neighbour_candidates'] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[-2] == 'signals' and node.name not in listed -%}
        {%- do faults.append(
            "the model signals/" ~ node.name ~ " belongs to no signal: add {name: " ~ node.name
            ~ ", weight: ...} to the list, or remove the model"
        ) -%}
    {%- endfor -%}
    {%- for signal in signals() -%}
        {%- set first = signals() | selectattr('model', 'equalto', signal.model) | first -%}
        {%- if (signal['keys'], signal.top_k) != (first['keys'], first.top_k) -%}
            {%- do faults.append(
                "the signals " ~ first.name ~ " and " ~ signal.name ~ " are of one model, " ~ signal.model
                ~ ", but have other keys or top_k: give both the same"
            ) -%}
        {%- endif -%}
        {%- if signal.neighbours and (not signal.top_k or signal.top_k == 'all') -%}
            {%- do faults.append(
                "the item-item signal " ~ signal.name ~ " does not say how many articles become candidates of a customer: "
                ~ "add top_k: 12 to its line"
            ) -%}
        {%- elif not signal.neighbours and is_of_pairs(signal['keys']) and signal.top_k and signal.top_k != 'all' -%}
            {%- do faults.append(
                "the top_k of the signal " ~ signal.name ~ " is " ~ signal.top_k ~ ", but it has a row for each customer and article: "
                ~ "choose all, and keep the best " ~ signal.top_k ~ " rows of a customer in its model; or 0, and none becomes a candidate"
            ) -%}
        {%- elif not signal.neighbours and signal.top_k == 'all' and not is_of_pairs(signal['keys']) -%}
            {%- do faults.append(
                "the top_k of the signal " ~ signal.name ~ " is all, but it has no row for each customer and article: choose a number, or 0"
            ) -%}
        {%- elif not signal.neighbours and signal.top_k and 'article_key' not in signal['keys'] -%}
            {%- do faults.append(
                "the top_k of the signal " ~ signal.name ~ " is " ~ signal.top_k ~ ", but it has no row for each article: choose 0, and none "
                ~ "becomes a candidate by it"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for signal in signals() if signal.reason is string -%}
        {%- do faults.extend(reason_faults(signal)) -%}
    {%- endfor -%}
    {%- if not used_signals() | selectattr('top_k') | selectattr('keys', 'equalto', ['article_key']) | list -%}
        {%- do faults.append(
            "no signal that is used fills lists: give popularity, or another one with keys: [article_key], a top_k"
        ) -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}

{#- Faults of one key of a line of the list. -#}
{% macro key_faults(signal, key, value) -%}
    {%- set known = keys_of_signals() -%}
    {%- if key not in known -%}
        {{ return(["the signal " ~ signal ~ " has a key " ~ key ~ ", which no signal has" ~ did_you_mean(key, known | list)]) }}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- for fault in value_faults(value, known[key]) if not (key == 'top_k' and value == 'all') -%}
        {%- do faults.append("the " ~ key ~ " of the signal " ~ signal ~ " is " ~ shown(value) ~ ": " ~ fault) -%}
    {%- endfor -%}
    {{ return(faults) }}
{%- endmacro %}

{#- Faults of a signal's reason: a placeholder that no reason has, or not of this signal's grain, and brackets that do not match. -#}
{% macro reason_faults(signal) -%}
    {%- set faults, the_reason = [], "the reason of the signal " ~ signal.name ~ " " -%}
    {%- set of_history = [] if is_of_pairs(signal['keys']) else ['times', 'last', 'last_date', 'gap'] -%}
    {%- for name in modules.re.findall('[{]([^{}]*)[}]', signal.reason) -%}
        {%- if name not in placeholders() -%}
            {%- do faults.append(the_reason ~ "has a placeholder {" ~ name ~ "}, which no reason has" ~ did_you_mean(name, placeholders())) -%}
        {%- elif name in of_history or (name == 'article' and not signal.neighbours) -%}
            {%- do faults.append(the_reason ~ "has a placeholder {" ~ name ~ "}, but the signal is not of "
                ~ ("an item-item model" if name == 'article' else "a customer and an article") ~ ": take it out") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not modules.re.fullmatch(well_formed_reason(), signal.reason) -%}
        {%- do faults.append(the_reason ~ "has braces or brackets that do not match: write each { with its }, and each [ with its ], not one inside the other") -%}
    {%- endif -%}
    {%- if signal['keys'] == ['customer_key'] -%}
        {%- do faults.append(the_reason ~ "would be the same for all articles of a customer: leave it out") -%}
    {%- endif -%}
    {{ return(faults) }}
{%- endmacro %}

{#- The keys that a line of the list may have, with types as in `settings`. -#}
{% macro keys_of_signals() -%}
    {%- set grains = ['customer_key', 'segment_key', 'article_key', 'price_level_key'] -%}
    {%- for group in rule_groups() -%}
        {%- do grains.append(group ~ '_key') -%}
    {%- endfor -%}
    {{ return({
        'name': {'type': 'word'},
        'weight': {'type': 'number'},
        'model': {'type': 'word'},
        'keys': {'type': 'names', 'words': grains, 'what': 'key'},
        'top_k': {'type': 'whole', 'least': 0},
        'neighbours': {'type': 'word'},
        'monotone': {'type': 'whole', 'least': -1, 'most': 1},
        'source': {'type': 'choices', 'choices': ['own_history', 'bestsellers', 'first_purchases']},
        'label': {'type': 'text'},
        'reason': {'type': 'text'},
    }) }}
{%- endmacro %}
