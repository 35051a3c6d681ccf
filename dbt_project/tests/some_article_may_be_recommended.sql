-- Fails where no article was sold within `alive_days` before the target week: all lists would be empty.
select count(*) as eligible_articles
from {{ ref('alive_articles') }}
having count(*) = 0
