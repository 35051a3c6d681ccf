{#-
    SQL for which engines have no common form. Models otherwise use what DuckDB and Spark both have once sqlglot has translated it: `date_diff`
    instead of `date - date`, `array_length` instead of `len`, one `unnest` of structs instead of several, `/` without `.0`, `list[cast(place as integer)]`. The macros below
    are what is left: each names one operation and expands to DuckDB's; another engine needs another version of these alone.
-#}

{#- After `as` of a CTE: it is computed once, by itself, and not made part of the query that reads it. -#}
{% macro materialized() -%}
    materialized
{%- endmacro %}

{#- Half of the 128 bits of a text's MD5 hash as a number from 0 to 2^64 - 1; `half` is upper or lower. -#}
{% macro md5_half(text, half) -%}
    md5_number_{{ half }}({{ text }})
{%- endmacro %}

{#- Fast hash of several values, only to be compared with hashes of the same engine; sums of it identify a set of rows. -#}
{% macro hash_of(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}

{#- Whether a date is none of the two infinite ones, which not every engine knows. -#}
{% macro is_finite_date(date) -%}
    isfinite({{ date }})
{%- endmacro %}

{#- An aggregate: list of the interpolated quantiles of `value` at these shares. -#}
{% macro quantiles(value, shares) -%}
    quantile_cont({{ value }}, {{ shares }})
{%- endmacro %}

{#- An aggregate: list of `value` in the order of `by`. -#}
{% macro list_in_order(value, by) -%}
    list({{ value }} order by {{ by }})
{%- endmacro %}

{#- An aggregate: list of `value` in the `n` rows with the largest `by`, the largest first; rows where `by` is null are left out. -#}
{% macro first_values(value, by, n) -%}
    arg_max({{ value }}, {{ by }}, {{ n }})
{%- endmacro %}

{#- Product of the numbers of a list, in its order; null or 1 for an empty list. -#}
{% macro product_of_list(list) -%}
    list_product({{ list }})
{%- endmacro %}

{#- An aggregate: the most frequent value, of equally frequent ones the longest, of equally long ones the last in order. -#}
{% macro usual_value(column) -%}
    list_max(list_transform(
        map_entries(histogram({{ column }})),
        lambda entry: struct_pack(times := entry.value, length := length(cast(entry.key as varchar)), value := entry.key)
    ))['value']
{%- endmacro %}
