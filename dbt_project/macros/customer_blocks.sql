{#- Which customers a model of the materialization `customer_blocks` is about to do. -#}
{% macro in_customer_block(customer_key) -%}
    {{ customer_key }} between __first_customer__ and __last_customer__
{%- endmacro %}

{#- Whom a test looks at where all rows are more than is worth looking at again. -#}
{% macro in_first_block(customer_key) -%}
    {{ customer_key }} <= {{ var('customers_per_block') }}
{%- endmacro %}

{#-
    How a table that blocks read is written, so that a block's rows lie together and the others need not be looked at: a table in no
    order would be read whole for every block.
-#}
{% macro in_order_of_blocks() -%}
    order by customer_key
{%- endmacro %}

{#- Keys and buckets of used signals of the candidates for which `condition` holds. -#}
{% macro block_of_candidates(condition) -%}
select
    target_week,
    customer_key,
    {%- for signal in used_signals() %}
    {{ signal.name }},
    {%- endfor %}
    article_key
from {{ ref('bucketed') }}
where {{ condition }}
{%- endmacro %}

{#-
    A table that is filled `customers_per_block` customers at a time, so that memory holds the candidates of a block and never
    those of all customers: the scored ones, or those of the model that the config names as `blocks_of`. A query that asks for no
    block is run once.
-#}
{% materialization customer_blocks, adapter='duckdb' %}
    {%- set relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set fresh = make_intermediate_relation(relation) -%}
    {%- set everybody = [{'first_customer': -1, 'last_customer': -1}] -%}
    {%- set blocks = everybody if '__first_customer__' not in sql else run_query(
        "select min(customer_key) as first_customer, max(customer_key) as last_customer from ("
        ~ "select customer_key, (row_number() over (order by customer_key) - 1) // " ~ var('customers_per_block') ~ " as block "
        ~ "from " ~ ref(config.get('blocks_of', 'scored_customers')) ~ ") group by block order by block"
    ).rows -%}
    {{ run_hooks(pre_hooks) }}
    {{ drop_relation_if_exists(fresh) }}
    {%- for block in blocks or everybody -%}
        {%- set rows = sql
            | replace('__first_customer__', block['first_customer'])
            | replace('__last_customer__', block['last_customer']) -%}
        {%- call statement('main') -%}
            {{ 'create table ' ~ fresh ~ ' as' if loop.first else 'insert into ' ~ fresh }} {{ rows }}
        {%- endcall -%}
    {%- endfor -%}
    {%- if existing -%}
        {{ drop_relation_if_exists(existing) }}
    {%- endif -%}
    {{ adapter.rename_relation(fresh, relation) }}
    {%- do persist_docs(relation, model) -%}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}
