-- One row per scored event of record, independent origin and publisher: who told of it. Data sets
-- name their publisher only, which is the origin; whether it is a party's own is not known there.
{{ config(materialized='view') }}
select
    dataset, event_id, pair_id, week_start, origin_id, publisher, is_party_state_media
from {{ ref('int_news_origins') }}
union all
select dataset, event_id, pair_id, week_start, origin_id, origin_id, cast(null as boolean)
from {{ ref('int_dataset_origins') }}
union all
select
    dataset, event_id, pair_id, {{ monday('event_date') }}, origin, origin, cast(null as boolean)
from {{ ref('int_record_events') }}
where {{ is_scored() }}
