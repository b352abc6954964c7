select
    source_id,
    url,
    updated_at
from {{ source('ops', 'feed_state') }}
