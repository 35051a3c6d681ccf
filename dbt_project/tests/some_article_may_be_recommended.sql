-- Fails where no article may be recommended: all lists would be empty. The error says so to whoever builds. After
-- `dbt build --empty` all is empty.
select count(*) as eligible_articles
from {{ ref('alive_articles') }}
having case when count(*) = 0 and not {{ flags.EMPTY or false }} then error(
    'Nobody can get a list: ' || count(*) || ' articles were sold, and not returned, within `alive_days` '
    || '({{ var("alive_days") }}) before the target week; nothing was published.'
) end
