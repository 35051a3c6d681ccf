{#-
    Half of the 128 bits of md5(seed, customer id), below the prime 2^31 - 1: the same for a customer on any day, under any key.
-#}
{% macro bootstrap_number(customer_id, half) -%}
    cast({{ md5_half("'" ~ var('bootstrap_seed') ~ ":' || " ~ customer_id, half) }} % 2147483647 as bigint)
{%- endmacro %}

{#-
    The uniform number of a customer in a replicate, 0..2^31 - 2: (first + replicate * second) modulo a prime. Independent
    between customers, and pairwise independent between replicates (Carter and Wegman 1979), which suffices for a share
    of replicates.
-#}
{% macro bootstrap_uniform() -%}
    (bootstrap_first + replicate * bootstrap_second) % 2147483647
{%- endmacro %}

{#-
    Number of times that a customer is drawn in a replicate: Poisson with mean 1, by inversion (Chamandy et al. 2012, the bootstrap for
    data that is not held in memory). Replicate 0 is the data as it is.
-#}
{% macro poisson_weight(uniform) -%}
    {%- set ns = namespace(probability=0.36787944117144233, reached=0.0) -%}
    case
        {%- for drawn in range(9) %}
        {%- set ns.reached = ns.reached + ns.probability %}
        when {{ uniform }} < {{ (ns.reached * 2147483647) | round | int }} then {{ drawn }}
        {%- set ns.probability = ns.probability / (drawn + 1) %}
        {%- endfor %}
        else 9
    end
{%- endmacro %}

{#- The percentile interval over replicates, an aggregate: a list of its two ends. -#}
{% macro interval_of(figure) -%}
    {{ quantiles(figure, [(1 - var('interval_level')) / 2, 1 - (1 - var('interval_level')) / 2]) }}
{%- endmacro %}
