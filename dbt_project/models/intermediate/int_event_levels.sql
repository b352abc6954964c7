-- One row per event: the levels of the persons who act, 1 a leader to 4 somebody lower.
{{ config(materialized='view') }}
select event_id, source_level, target_level from {{ ref('int_news_events') }}
union all
select event_id, source_level, target_level from {{ ref('int_dataset_events') }}
union all
select event_id, source_level, target_level from {{ ref('int_record_events') }}
