select
    attempt_id, run_id, stage, subject, source_id, started_at, started_date, duration_seconds, outcome,
    error_class is not null or outcome in ('error', 'blocked', 'paywalled', 'empty', 'not_html')
        as is_failure,
    http_status, error_class, message, byte_count, item_count
from {{ ref('stg_ops__ingest_attempts') }}
