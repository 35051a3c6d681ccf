-- The pieces of an article that a customer holds are a stack: a purchase puts pieces on top, a return takes them from
-- the top. At each height of the stack, purchases and returns take turns: a return there takes the purchase before it.
with returned as (

    select distinct
        customer_id,
        article_id
    from {{ ref('checked_transactions') }}
    where
        quantity < 0
        and rejected_because = 'returned'

),

-- of customers who have returned the article; all other lines cost a look-up in a small table
movements as (

    select
        checked.customer_id,
        checked.article_id,
        checked.transaction_date,
        checked.quantity < 0 as is_return,
        any_value(checked.week) as week,
        count(*) as lines,
        sum(checked.quantity) as change
    from {{ ref('checked_transactions') }} as checked
    semi join returned
        on
            checked.customer_id = returned.customer_id
            and checked.article_id = returned.article_id
    where coalesce(checked.rejected_because, 'returned') = 'returned'
    group by checked.customer_id, checked.article_id, checked.transaction_date, checked.quantity < 0

),

-- a day's returns come after its purchases
balances as (

    select
        *,
        sum(change) over so_far as balance
    from movements
    window so_far as (partition by customer_id, article_id order by transaction_date, is_return)

),

-- a stack is never below 0: pieces returned beyond it were bought before the first line
heights as (

    select
        *,
        balance - least(min(balance) over so_far, 0) as height
    from balances
    window so_far as (partition by customer_id, article_id order by transaction_date, is_return)

),

steps as (

    select
        *,
        coalesce(lag(height) over so_far, 0) as height_before
    from heights
    window so_far as (partition by customer_id, article_id order by transaction_date, is_return)

),

edges as (

    select
        customer_id,
        article_id,
        height
    from steps

    union

    select
        customer_id,
        article_id,
        height_before
    from steps

),

layers as (

    select
        customer_id,
        article_id,
        height as bottom,
        lead(height) over (partition by customer_id, article_id order by height) as top
    from edges

),

pieces as (

    select
        steps.customer_id,
        steps.article_id,
        steps.transaction_date,
        steps.is_return,
        layers.top - layers.bottom as quantity,
        lag(steps.transaction_date) over turns as bought_on,
        lag(steps.week) over turns as week,
        lag(steps.lines) over turns as lines,
        lag(steps.change) over turns as bought
    from steps
    inner join layers
        on
            steps.customer_id = layers.customer_id
            and steps.article_id = layers.article_id
            and least(steps.height, steps.height_before) <= layers.bottom
            and greatest(steps.height, steps.height_before) >= layers.top
    window turns as (
        partition by steps.customer_id, steps.article_id, layers.bottom
        order by steps.transaction_date, steps.is_return
    )

)

select
    customer_id,
    article_id,
    transaction_date as returned_on,
    bought_on,
    week,
    lines,
    bought,
    sum(quantity) as returned
from pieces
where is_return
group by customer_id, article_id, transaction_date, bought_on, week, lines, bought
