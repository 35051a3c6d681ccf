{#-
    Tables that are filled a block at a time, so that memory holds what a block needs and never what all rows need. A query says with one of
    two macros what it does at a time; one that says nothing is run once.
-#}

{#- `customers_per_block` customers: the scored ones, or those of the model that the config names as `blocks_of`. -#}
{% macro in_customer_block(customer_key) -%}
    {{ customer_key ~ ' between __first_customer__ and __last_customer__' if is_in_blocks() else 'true' }}
{%- endmacro %}

{#- Weeks that have about `lines_per_block` lines together. -#}
{% macro in_block_of_weeks(week) -%}
    {{ week ~ ' in (__weeks__)' if is_in_blocks() else 'true' }}
{%- endmacro %}

{#- A unit test runs a query as it is. -#}
{% macro is_in_blocks() -%}
    {{ return(model.config.materialized in ['table', 'kept_weeks']) }}
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
    {{ packed_names() | join(', ') }},
    article_key
from {{ ref('bucketed') }}
where {{ condition }}
{%- endmacro %}

{#- What is put into a query for each block. -#}
{% macro blocks_of(sql) -%}
    {%- if '__first_customer__' in sql -%}
        {{ return(blocks_of_customers(ref(config.get('blocks_of', 'scored_customers')))) }}
    {%- elif '__weeks__' in sql -%}
        {{ return(blocks_of_weeks('select week from ' ~ ref('weeks'))) }}
    {%- endif -%}
    {{ return([{}]) }}
{%- endmacro %}

{% macro blocks_of_customers(customers) -%}
    {%- set found = run_query(
        "select min(customer_key) as first_customer, max(customer_key) as last_customer from ("
        ~ "select customer_key, (row_number() over (order by customer_key) - 1) // " ~ var('customers_per_block') ~ " as block "
        ~ "from " ~ customers ~ ") group by block order by block"
    ) -%}
    {%- set blocks = [] -%}
    {%- for block in found.rows -%}
        {%- do blocks.append({'__first_customer__': block['first_customer'], '__last_customer__': block['last_customer']}) -%}
    {%- endfor -%}
    {{ return(blocks or [{'__first_customer__': -1, '__last_customer__': -1}]) }}
{%- endmacro %}

{#- `weeks` is a query. -#}
{% macro blocks_of_weeks(weeks, in_one=false) -%}
    {%- set found = run_query(
        "select string_agg(week, ' ' order by week) as weeks from ("
        ~ "select week, " ~ (0 if in_one else 'sum(lines) over (order by week) // ' ~ var('lines_per_block')) ~ " as block "
        ~ "from " ~ ref('weeks') ~ " where week in (" ~ weeks ~ ")) group by block order by block"
    ) -%}
    {%- set blocks = [] -%}
    {%- for block in found.rows -%}
        {%- do blocks.append({'__weeks__': "'" ~ block['weeks'].split(' ') | join("', '") ~ "'"}) -%}
    {%- endfor -%}
    {{ return(blocks or [{'__weeks__': 'null'}]) }}
{%- endmacro %}

{#- Fills a table, which the first block makes anew unless it is one that `keeps` rows; at once where no blocks are named. -#}
{% macro fill_in_blocks(relation, sql, blocks=[{}], keeps=false) -%}
    {%- for block in blocks -%}
        {%- set rows = namespace(sql=sql) -%}
        {%- for placeholder, value in block.items() -%}
            {%- set rows.sql = rows.sql | replace(placeholder, value) -%}
        {%- endfor -%}
        {%- if loop.first and config.get('contract').enforced -%}
            {%- do get_assert_columns_equivalent(rows.sql) -%}
        {%- endif -%}
        {%- call statement('main') -%}
            {{ 'insert into ' ~ relation ~ ' by name' if keeps or not loop.first else 'create or replace table ' ~ relation ~ ' as' }}
            {{ rows.sql }}
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
