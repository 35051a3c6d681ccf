-- Fails if no article is eligible, since all lists would be empty. The error names the way out. After
-- `dbt build --empty` all tables are empty, and the test passes.
select count(*) as eligible_articles
from {{ ref('eligible_articles') }}
having case when count(*) = 0 and not {{ flags.EMPTY or false }} then error(
    'Nobody can get a list: ' || count(*) || ' articles were sold, and not returned, within `eligible_days` '
    || '({{ var("eligible_days") }}) before the target week; nothing was published.'
) end
