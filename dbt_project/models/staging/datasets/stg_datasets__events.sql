-- CAMEO codes give type and mode where the importer left them open.
select
    e.dataset,
    e.report_id,
    e.source_code,
    e.target_code,
    least(e.source_code, e.target_code) || '-' || greatest(e.source_code, e.target_code) as pair_id,
    e.source_role,
    e.target_role,
    e.source_name,
    e.target_name,
    coalesce(e.event_type, c.event_type) as event_type,
    coalesce(e.event_mode, c.event_mode, '') as event_mode,
    e.cameo_code,
    -- CAMEO's own quad class, by root: what counts of reports are compared with other sources on.
    -- The class of the type (024 is a demand) is that of the events of record.
    case
        when left(e.cameo_code, 2) <= '05' then 1
        when left(e.cameo_code, 2) <= '08' then 2
        when left(e.cameo_code, 2) <= '13' then 3
        when left(e.cameo_code, 2) <= '20' then 4
    end as cameo_quad_class,
    coalesce(e.goldstein, c.goldstein) as goldstein,
    e.event_date,
    e.origin,
    coalesce(e.story_key, e.url) as story_key,
    e.url,
    e.sentence,
    e.duplicate_of,
    e.known_at,
    e.known_at_basis,
    e.loaded_at,
    e.load_number
from {{ source('raw', 'dataset_events') }} as e
left join {{ ref('cameo_types') }} as c on e.cameo_code = c.cameo_code
where {{ known_by_then('e.known_at') }}
