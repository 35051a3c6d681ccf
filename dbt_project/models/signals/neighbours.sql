{{ config(materialized='view') }}

{% for signal in used_signals() if signal.neighbours %}
select
    '{{ signal.name }}' as signal,
    article_key,
    similar_article_key,
    similarity,
    similarity_rank
from {{ ref(signal.neighbours) }}

union all

{% endfor %}
-- none, where no item-item signal is used
select
    '' as signal,
    0 as article_key,
    0 as similar_article_key,
    cast(0 as real) as similarity,
    0 as similarity_rank
where false
