{%- set groups = limited_groups() %}
{%- set list_length = var('list_length') %}
{%- set is_needed = var('hide_bought_days') > 0 or groups | length > 1 %}

-- Limits or `hide_bought_days` may leave a customer too few of the articles that fill all lists. Limits treat all
-- articles of a cell (the same limited groups) alike: the most popular articles of each cell that are not hidden from
-- the customer, as many as a list can hold of a cell, make the list as long as it can be.
with customers as (

    select
        customer_key,
        segment_key
    from {{ ref('scored_customers') }}
    where {{ is_needed }}

),

shown as (

    select
        *,
        row_number() over (
            partition by segment_key {%- for group in groups %}, {{ group }}_cell {%- endfor %}
            order by popularity_rank
        ) as place_in_cell
    from ({{ shown_by_segment() | indent(4) }})

),

segments as (

    select
        segment_key,
        count(*) as articles,
        count(*) filter (where fills_lists) as fillers
    from shown
    group by segment_key

),

hidden as (

    select
        customers.customer_key,
        shown.article_key,
        shown.fills_lists
    from {{ ref('customer_articles') }} as history
    inner join customers on history.customer_key = customers.customer_key
    inner join shown
        on
            customers.segment_key = shown.segment_key
            and history.article_key = shown.article_key
    where
        history.days_since_last <= {{ var('hide_bought_days') }}
        and shown.pinned_at is null

),

hidden_counts as (

    select
        customer_key,
        count(*) as articles,
        count(*) filter (where fills_lists) as fillers
    from hidden
    group by customer_key

),

short_of_fillers as (

    select
        customers.customer_key,
        customers.segment_key,
        coalesce(hidden_counts.articles, 0) as hidden_articles
    from customers
    inner join segments on customers.segment_key = segments.segment_key
    left join hidden_counts on customers.customer_key = hidden_counts.customer_key
    where
        segments.articles > segments.fillers
        -- an article that is listed counts in several limits, and may block others: each limit may cost a list's length
        and segments.fillers - coalesce(hidden_counts.fillers, 0) < {{ [1, groups | length] | max * list_length }}
        {%- if groups | length < 2 %}
        and hidden_counts.fillers > 0
        {%- endif %}

),

not_hidden as (

    select
        short_of_fillers.customer_key,
        shown.article_key,
        shown.cell_limit,
        row_number() over (
            partition by short_of_fillers.customer_key {%- for group in groups %}, shown.{{ group }}_cell {%- endfor %}
            order by shown.popularity_rank
        ) as place_in_cell
    from short_of_fillers
    inner join shown
        on
            short_of_fillers.segment_key = shown.segment_key
            and shown.place_in_cell <= shown.cell_limit + short_of_fillers.hidden_articles
    anti join hidden
        on
            short_of_fillers.customer_key = hidden.customer_key
            and shown.article_key = hidden.article_key

)

select
    customer_key,
    article_key
from not_hidden
where place_in_cell <= cell_limit
