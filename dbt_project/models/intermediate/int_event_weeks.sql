-- One row per data set, pair and week with scored events of record: all that weekly metrics sum up.
-- Everything weekly is made of it, so that events are read once.
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [
        {'relation': 'intermediate.int_touched_dates', 'where': in_touched_week('t')},
    ]},
) }}
select
    e.dataset,
    e.pair_id,
    e.week_start,
    count(*) as event_count,
    sum(e.report_count) as report_count,
    sum(e.story_count) as story_count,
    sum(e.origin_count) as origin_count,
    count_if(e.is_cooperative) as cooperation_count,
    count_if(e.quad_class >= 3) as conflict_count,
    count_if(e.quad_class = 1) as verbal_cooperation_count,
    count_if(e.quad_class = 2) as material_cooperation_count,
    count_if(e.quad_class = 3) as verbal_conflict_count,
    count_if(e.quad_class = 4) as material_conflict_count,
    count_if(e.acknowledgement = 'acknowledged') as acknowledged_count,
    sum(e.party_share) as party_share_sum,
    sum(e.weight * e.party_share) as weight_sum,
    sum(e.goldstein * e.party_share) as goldstein_sum,
    -- variants of acts: warmth of acknowledged ones, and cooperation by kind for shares
    coalesce(sum(e.party_share) filter (where e.acknowledgement = 'acknowledged'), 0)
        as acknowledged_party_share_sum,
    coalesce(sum(e.weight * e.party_share) filter (where e.acknowledgement = 'acknowledged'), 0)
        as acknowledged_weight_sum,
    count_if(e.is_cooperative and e.quad_class = 2) as cooperation_material_count,
    count_if(e.is_cooperative and e.acknowledgement = 'acknowledged')
        as cooperation_acknowledged_count,
    coalesce(sum(e.weight * e.party_share) filter (where e.is_cooperative), 0)
        as cooperation_weight_sum,
    max(e.known_at) as known_at
from {{ ref('fct_events') }} as e
{{ touched_weeks_only('e') }}
where e.is_scored
group by e.dataset, e.pair_id, e.week_start
