select
    attempt_id,
    run_id,
    stage,
    subject,
    source_id,
    started_at,
    cast(started_at as date) as started_date,
    duration_seconds,
    outcome,
    http_status,
    error_class,
    message,
    byte_count,
    item_count
from {{ source('ops', 'ingest_attempts') }}
