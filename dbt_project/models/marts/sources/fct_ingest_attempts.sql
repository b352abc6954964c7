select
    attempt_id, run_id, stage, subject, source_id, started_at, started_date, duration_seconds, outcome,
    -- every other outcome says why there is no document (docs/reference/outcomes.md)
    outcome not in (
        'ok', 'unchanged', 'not_modified', 'not_due', 'bad_date', 'unmapped', 'forgotten', 'expired'
    ) as is_failure,
    http_status, error_class, message, byte_count, item_count
from {{ ref('stg_ops__ingest_attempts') }}
