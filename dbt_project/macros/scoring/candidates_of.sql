{#-
    Each pair of a customer and an eligible article of some candidate source, once, with a column for each signal: its value, null where the
    signal is absent; with `in_buckets` the bucket of its value, 0 where it is absent.

    `customers` is a relation with the columns of `scored_customers`. Expands to a CTE for each signal model, such as

        repurchase_signals as (select customer_key, article_key, repurchase, ... from signals.repurchase)

    then to `candidates_by_source`, the union of all candidate sources; `pairs`, which has each pair once; and a select that joins the signals of a
    coarser grain. A value falls into its bucket in the model's own CTE: the popularity of an article once, not for each customer.
-#}
{% macro candidates_of(customers, in_buckets=false) -%}
{%- set sources = candidate_sources() -%}
{%- set signals_of_sources = sources | map(attribute='signals') | sum(start=[]) -%}
{%- set models_of_articles = attached_models() | selectattr('is_of_articles') | list -%}
{%- set models_of_pairs = attached_models() | rejectattr('is_of_articles') | list -%}
{%- set signals_of_articles = models_of_articles | map(attribute='signals') | sum(start=[]) -%}
with
{%- for model in signal_models() %}
{{ model.name }}_signals as (

    select
        {{ model['keys'] | join(', ') }},
        {%- for signal in model.signals %}
        {{ 'cast(' ~ bucket_of(signal) ~ ' as utinyint) as ' if in_buckets }}{{ signal }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(model.name) }}
    {%- if in_buckets %}
    cross join {{ ref('bucket_ranges') }}
    {%- endif %}

),
{% endfor %}
shared_candidates as (

    -- to everybody in a segment: the best articles of signals of a coarser grain
    {% for model in attached_models() if model.top_k %}
    select
        {{ 'best' if 'segment_key' in model['keys'] else 'segments' }}.segment_key,
        best.article_key
    from {{ best_of(model) }} as best
    {%- if 'segment_key' not in model['keys'] %}
    cross join (select distinct segment_key from {{ customers }}) as segments
    {%- endif %}

    union

    {% endfor %}
    -- and those that fill the lists, also where rules suppress many
    select
        segment_key,
        article_key
    from ({{ shown_by_segment() | indent(4) }})
    where fills_lists

),

candidates_by_source as (

    {% for model in sources %}
    select
        customer_key,
        article_key,
        {%- for signal in signals_of_sources %}
        {{ signal if signal in model.signals else 'null as ' ~ signal }},
        {%- endfor %}
        -- a bit of its own for each source of candidates
        {{ 2 ** loop.index0 }}::bigint as source_bit
    from {{ model.name }}_signals

    union all

    {% endfor %}
    select
        customers.customer_key,
        shared_candidates.article_key,
        {%- for signal in signals_of_sources %}
        null as {{ signal }},
        {%- endfor %}
        {{ 2 ** (sources | length) }}::bigint as source_bit
    from {{ customers }} as customers
    inner join shared_candidates on customers.segment_key = shared_candidates.segment_key

    union all

    select
        customer_key,
        article_key,
        {%- for signal in signals_of_sources %}
        null as {{ signal }},
        {%- endfor %}
        {{ 2 ** (sources | length + 1) }}::bigint as source_bit
    from {{ ref('personal_fillers') }}

),

pairs as (

    -- each candidate source has a pair once, so that a signal has one value, which is also the largest
    select
        customer_key,
        article_key
        {%- for signal in signals_of_sources %},
        max({{ signal }}) as {{ signal }}
        {%- endfor %}
    from candidates_by_source
    semi join {{ customers }} as customers on candidates_by_source.customer_key = customers.customer_key
    group by customer_key, article_key
    having
        case
            when bit_count(bit_or(source_bit)) = count(*) then true
            else error(
                concat_ws(
                    ' or '
                    {%- for model in sources %},
                    case when bit_or(source_bit) & {{ 2 ** loop.index0 }} > 0 then 'signals/{{ model.name }}' end
                    {%- endfor %}
                )
                || ' has several rows of customer_key ' || customer_key || ' and article_key ' || article_key
                || ': a signal needs one row for each, so group by both in its model.'
            )
        end

),

articles as (

    -- signals of an article: joined here once, and not again for each pair
    select
        articles.*
        {%- for signal in signals_of_articles %},
        {{ signal }}
        {%- endfor %}
    from {{ ref('eligible_articles') }} as articles
    {{- left_joins(models_of_articles) | indent(4) }}

)

select
    {{ target_week() }} as target_week,
    pairs.customer_key,
    pairs.article_key,
    {%- for signal in signals() %}
    {%- if in_buckets %}
    {{ 'coalesce(' ~ signal.name ~ ', 0::utinyint)' if signal.is_used else '0::utinyint' }} as {{ signal.name }}
    {%- else %}
    cast({{ signal.name if signal.is_used else 'null' }} as real) as {{ signal.name }}
    {%- endif %}{{ ',' if not loop.last }}
    {%- endfor %}
from pairs
inner join {{ customers }} as customers on pairs.customer_key = customers.customer_key
inner join articles on pairs.article_key = articles.article_key
{{- left_joins(models_of_pairs) }}
{%- endmacro %}

{#-
    Left joins of signal models on their keys: `left join season_signals on articles.department_key = season_signals.department_key`. A signal of an
    article, or of a group of articles, finds its keys in `articles`, others also in `pairs` and `customers`.
-#}
{% macro left_joins(models) -%}
{%- for model in models %}
left join {{ model.name }}_signals
    on
        {%- for key in model['keys'] %}
        {{ 'and ' if not loop.first }}{{ 'articles' if model.is_of_articles else key_side(key) }}.{{ key }} = {{ model.name }}_signals.{{ key }}
        {%- endfor %}
{%- endfor %}
{%- endmacro %}
