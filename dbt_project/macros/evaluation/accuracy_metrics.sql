{#-
    A sum that is the same in any order, to twelve decimals: as a bigint for figures of a customer, at most a few dozen each; as `decimal(38, 0)` for
    larger ones. (fixed_sum keeps six decimals and reaches further.)
-#}
{% macro fine_sum(expression, type='bigint') -%}
    cast(sum(cast(round(({{ expression }}) * 1000000000000) as {{ type }})) as double) / 1000000000000
{%- endmacro %}

{#-
    The metrics of accuracy at each k of `evaluated_ranks`, for one customer: name, k, the column that holds it, and its formula
    over `articles` (R, how many articles the customer bought), `hits_k`, `precisions_k` (sum of the precision at each hit),
    `gains_k` (sum of 1 / log2(rank + 1) over the hits) and `first_hit` (its rank). At k = 1 several are the same figure,
    and share one column.
-#}
{% macro accuracy_metrics() -%}
    {%- set metrics = [] -%}
    {%- for k in evaluated_ranks() -%}
        {%- for name, at_1, formula in [
            ('map_kaggle', 'hit_rate', 'precisions_' ~ k ~ ' / least(articles, ' ~ k ~ ')'),
            ('map_trec', 'recall', 'precisions_' ~ k ~ ' / articles'),
            ('recall', 'recall', 'hits_' ~ k ~ ' / articles'),
            ('precision', 'hit_rate', 'hits_' ~ k ~ ' / ' ~ k),
            ('ndcg', 'hit_rate', 'gains_' ~ k ~ ' / ideal_gains[cast(least(articles, ' ~ k ~ ') as integer)]'),
            ('hit_rate', 'hit_rate', 'cast(first_hit <= ' ~ k ~ ' as integer)'),
            ('mrr', 'hit_rate', 'case when first_hit <= ' ~ k ~ ' then 1 / first_hit else 0 end'),
        ] -%}
            {%- do metrics.append({
                'name': name,
                'k': k,
                'column': (at_1 if k == 1 else name) ~ '_' ~ k,
                'own_column': k > 1 or at_1 == name,
                'formula': formula
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(metrics) }}
{%- endmacro %}

{#- The columns that hold the metrics of one customer, each once. -#}
{% macro accuracy_columns() -%}
    {{ return(accuracy_metrics() | selectattr('own_column') | map(attribute='column') | list) }}
{%- endmacro %}
