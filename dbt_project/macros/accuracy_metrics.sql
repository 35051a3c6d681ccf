{#-
    A sum that is the same in any order, to twelve decimals: of figures of a customer, which are at most a few dozen.
    (fixed_sum keeps six decimals and reaches further.)
-#}
{% macro fine_sum(expression) -%}
    cast(sum(cast(round(({{ expression }}) * 1000000000000) as bigint)) as double) / 1000000000000
{%- endmacro %}

{#-
    The metrics of accuracy at each k of `evaluated_ranks`, for one customer: name, k, column and formula, over
    `articles` (R, how many articles the customer bought) and, by k, `hits_k`, `precisions_k` (sum of the precision at each
    hit), `gains_k` (sum of 1 / log2(rank + 1) over the hits) and `first_hit` (its rank).
-#}
{% macro accuracy_metrics() -%}
    {%- set metrics = [] -%}
    {%- for k in var('evaluated_ranks') -%}
        {%- for name, formula in [
            ('map_kaggle', 'precisions_' ~ k ~ ' / least(articles, ' ~ k ~ ')'),
            ('map_trec', 'precisions_' ~ k ~ ' / articles'),
            ('recall', 'hits_' ~ k ~ ' / articles'),
            ('precision', 'hits_' ~ k ~ ' / ' ~ k ~ '.0'),
            ('ndcg', 'gains_' ~ k ~ ' / ideal_gains[least(articles, ' ~ k ~ ')]'),
            ('hit_rate', 'cast(first_hit <= ' ~ k ~ ' as integer)'),
            ('mrr', 'case when first_hit <= ' ~ k ~ ' then 1.0 / first_hit else 0 end'),
        ] -%}
            {%- do metrics.append({'name': name, 'k': k, 'column': name ~ '_' ~ k, 'formula': formula}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro %}
