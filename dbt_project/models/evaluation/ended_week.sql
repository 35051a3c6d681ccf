{{ config(enabled=var('customers') == 'all', materialized='incremental', pre_hook='{{ delete_target_week() }}') }}
{%- set k = evaluated_ranks() | max %}
{%- set systems = baselines() %}
{%- set names = systems | map(attribute='name') | list %}
{%- set last_week = target_week() ~ ' - 7' %}
{%- set days_before = "date_diff('day', transactions.transaction_date, " ~ last_week ~ ")" %}

-- The lists that were made for the week before the target week, and baselines as of that week, judged on the purchases
-- of that week. A backtest would have to score the week again first.
with lists as (

    select
        customer_key,
        article_key,
        rank
    from {{ ref('rankings') }}
    where target_week = {{ last_week }} and rank <= {{ k }}

),

purchases as (

    select
        transactions.customer_key,
        transactions.article_key,
        count(*) filter (where transactions.transaction_date < {{ last_week }}) as purchases_before,
        max(transactions.transaction_date) filter (
            where transactions.transaction_date < {{ last_week }}
        ) as last_day_before,
        {{ decayed_count('case when ' ~ days_before ~ ' > 0 then ' ~ days_before ~ ' end', var('half_lives').usual) }}
            as purchases_decayed,
        bool_or(transactions.transaction_date >= {{ last_week }}) as is_bought
    from {{ ref('transactions') }} as transactions
    semi join lists on transactions.customer_key = lists.customer_key
    where
        {{ before_target_week('transactions.transaction_date') }}
        and transactions.customer_key in (
            select last_purchases.customer_key
            from {{ ref('transactions') }} as last_purchases
            where
                {{ before_target_week('last_purchases.transaction_date') }}
                and last_purchases.transaction_date >= {{ last_week }}
        )
    group by transactions.customer_key, transactions.article_key

),

-- articles that may not be shown to a customer again are in no list, and no ground truth
hidden as (

    select
        customer_key,
        article_key
    from purchases
    where date_diff('day', last_day_before, {{ last_week }}) <= {{ var('hide_bought_days') }}

),

hidden_articles as (

    select
        customer_key,
        count(*) as articles
    from hidden
    group by customer_key

),

bought as (

    select
        purchases.customer_key,
        purchases.article_key
    from purchases
    anti join hidden
        on
            purchases.customer_key = hidden.customer_key
            and purchases.article_key = hidden.article_key
    where purchases.is_bought

),

buyers as (

    select
        bought.customer_key,
        {{ bootstrap_number('customers.customer_id', 'lower') }} as bootstrap_first,
        {{ bootstrap_number('customers.customer_id', 'upper') }} as bootstrap_second,
        count(*) as articles
    from bought
    inner join {{ ref('customers') }} as customers on bought.customer_key = customers.customer_key
    group by bought.customer_key, customers.customer_id

),

eligible as (

    select distinct
        articles.article_key,
        articles.article_order
    from {{ ref('transactions') }} as transactions
    inner join {{ ref('articles') }} as articles on transactions.article_key = articles.article_key
    where
        transactions.transaction_date < {{ last_week }}
        and date_diff('day', transactions.transaction_date, {{ last_week }}) <= {{ var('eligible_days') }}

),

sales as (

    select
        eligible.article_key,
        eligible.article_order,
        coalesce(sum(weekly_sales.buyers) filter (where weekly_sales.week = {{ last_week }} - 7), 0) as buyers_1_week,
        coalesce(sum(weekly_sales.buyers) filter (where weekly_sales.week >= {{ last_week }} - 28), 0) as buyers_4_weeks
    from eligible
    left join {{ ref('weekly_sales') }} as weekly_sales
        on
            eligible.article_key = weekly_sales.article_key
            and weekly_sales.week < {{ last_week }}
    group by eligible.article_key, eligible.article_order

),

popular as (

    {% for system in systems %}
    select
        '{{ system.name }}' as system,
        article_key,
        row_number() over (
            order by {{ system.filled_by or 'buyers_4_weeks desc, buyers_1_week desc' }}, article_order
        ) as popular_rank
    from sales
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

history as (

    select
        customer_key,
        article_key,
        purchases_before as purchases,
        purchases_decayed,
        date_diff('day', last_day_before, {{ last_week }}) as days_since_last
    from purchases
    where purchases_before > 0

),

own_lists as (

    {% for system in systems if system.own_order %}
    select
        '{{ system.name }}' as system,
        history.customer_key,
        history.article_key,
        row_number() over (
            partition by history.customer_key
            order by {{ system.own_order | join(' desc, ') }} desc, eligible.article_order
        ) as rank
    from history
    inner join eligible on history.article_key = eligible.article_key
    where history.days_since_last > {{ var('hide_bought_days') }}
    qualify rank <= {{ k }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

list_lengths as (

    select
        system,
        customer_key,
        count(*) as articles
    from own_lists
    group by system, customer_key

),

fills as (

    select
        popular.system,
        buyers.customer_key,
        popular.article_key,
        coalesce(list_lengths.articles, 0) + row_number() over (
            partition by popular.system, buyers.customer_key
            order by popular.popular_rank
        ) as rank
    from buyers
    left join hidden_articles on buyers.customer_key = hidden_articles.customer_key
    -- a list of n articles covers at most n popular ones, and m hidden ones cover at most m more
    inner join popular on popular.popular_rank <= {{ k }} + coalesce(hidden_articles.articles, 0)
    left join list_lengths
        on
            popular.system = list_lengths.system
            and buyers.customer_key = list_lengths.customer_key
    anti join own_lists
        on
            popular.system = own_lists.system
            and buyers.customer_key = own_lists.customer_key
            and popular.article_key = own_lists.article_key
    anti join hidden
        on
            buyers.customer_key = hidden.customer_key
            and popular.article_key = hidden.article_key
    qualify rank <= {{ k }}

),

all_lists as (

    select
        'blend' as system,
        customer_key,
        article_key,
        rank
    from lists
    union all
    select * from own_lists
    union all
    select * from fills

),

hits as (

    select
        all_lists.system,
        all_lists.customer_key,
        all_lists.rank,
        row_number() over (
            partition by all_lists.system, all_lists.customer_key
            order by all_lists.rank
        ) as hit_number
    from all_lists
    semi join bought
        on
            all_lists.customer_key = bought.customer_key
            and all_lists.article_key = bought.article_key

),

precisions as (

    select
        customer_key,
        {%- for system in ['blend'] + names %}
        {{ fine_sum("case when system = '" ~ system ~ "' then hit_number / rank else 0 end") }}
            as {{ system }}{{ ',' if not loop.last }}
        {%- endfor %}
    from hits
    group by customer_key

),

-- MAP (Kaggle) of each customer, rounded to 2^-30, whose sums are the same in any order
accuracy as (

    select
        buyers.customer_key,
        buyers.bootstrap_first,
        buyers.bootstrap_second,
        {%- for system in ['blend'] + names %}
        round(coalesce(precisions.{{ system }}, 0) / least(buyers.articles, {{ k }}) * 1073741824)
            as {{ system }}{{ ',' if not loop.last }}
        {%- endfor %}
    from buyers
    left join precisions on buyers.customer_key = precisions.customer_key

),

numbers as (

    select unnest(range(1, {{ var('bootstrap_replicates') }} + 1)) as replicate

),

drawn as (

    select
        numbers.replicate,
        {{ poisson_weight(bootstrap_uniform()) }} as weight,
        {%- for system in names %}
        accuracy.blend - accuracy.{{ system }} as {{ system }}{{ ',' if not loop.last }}
        {%- endfor %}
    from accuracy
    cross join numbers

),

replicates as (

    select
        replicate,
        {%- for system in names %}
        sum(weight * {{ system }}) / nullif(sum(weight), 0) / 1073741824 as {{ system }}{{ ',' if not loop.last }}
        {%- endfor %}
    from drawn
    group by replicate

),

judged as (

    {% for system in names %}
    select
        '{{ system }}' as other_system,
        avg(blend) / 1073741824 as value,
        avg({{ system }}) / 1073741824 as other_value,
        (
            select {{ interval_of(system) }}
            from replicates
        ) as interval_of_difference,
        count(*) as customers
    from accuracy
    having count(*) > 0
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    {{ target_week() }} as target_week,
    {{ last_week }} as judged_week,
    other_system,
    {{ k }} as k,
    value,
    other_value,
    value - other_value as difference,
    interval_of_difference[1] as ci_low,
    interval_of_difference[2] as ci_high,
    customers
from judged
