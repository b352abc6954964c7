select
    document_id,
    dataset,
    corpus_label,
    source_id,
    canonical_url,
    publisher,
    publisher_country_code,
    coalesce(publisher_is_state_controlled, false) as is_state_controlled,
    first_seen_at
from {{ source('raw', 'documents') }}
