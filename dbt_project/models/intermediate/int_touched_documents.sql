-- Documents whose mentions may have changed since the last build.
select distinct document_id
from {{ ref('stg_news__changes') }}
where {{ is_new('load_number') }}
