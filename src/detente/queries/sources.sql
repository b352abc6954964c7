-- One row per source that was ever asked or has documents.
select
    source_id,
    publisher,
    publisher_country_code as country,
    is_state_controlled as state_run,
    document_count as documents,
    first_document_date as first,
    last_document_date as last,
    longest_gap_days as longest_gap,
    last_attempt_at,
    last_outcome
from marts.dim_feeds
order by documents desc, source_id
