-- Reports of event data sets with the verdict each gets by itself, as int_mentions_judged has them for
-- texts. A row without a role is the state by its name. A view: a table would hold every row twice.
{{ config(materialized='view') }}
select
    e.report_id,
    e.dataset,
    e.pair_id,
    t.family,
    case
        when t.family = 'visit' and e.event_mode = 'host' then e.target_code
        when t.family = 'visit' then e.source_code
        when t.merges_directions then 'both'
        else e.source_code
    end as actor_code,
    -- rows of these data sets are events of record already; others merge within their episode
    {%- set of_record %}
    {%- if var('datasets_of_record') -%}
    e.dataset in ('{{ var("datasets_of_record") | join("', '") }}')
    {%- else -%} false {%- endif %}
    {%- endset %}
    case when {{ of_record }} then e.report_id else '' end as cluster,
    {{ of_record }} as is_of_record,
    t.family in ('visit', 'meeting') and not {{ of_record }} as is_episodic,
    case when e.event_mode = 'host' then e.target_code else e.source_code end as source_code,
    case when e.event_mode = 'host' then e.source_code else e.target_code end as target_code,
    case when e.event_mode = 'host' then e.target_role else e.source_role end as source_role,
    case when e.event_mode = 'host' then e.source_role else e.target_role end as target_role,
    case when e.event_mode = 'host' then e.target_name else e.source_name end as source_name,
    case when e.event_mode = 'host' then e.source_name else e.target_name end as target_name,
    coalesce(sr.is_state_level, e.source_role is null)
        and coalesce(tr.is_state_level, e.target_role is null) as is_state_to_state,
    case when e.event_mode = 'host' then coalesce(tr.visit_level, 4)
        else coalesce(sr.visit_level, 4) end as source_level,
    case when e.event_mode = 'host' then coalesce(sr.visit_level, 4)
        else coalesce(tr.visit_level, 4) end as target_level,
    t.type_number,
    e.event_type,
    case when e.event_mode = 'host' then 'visit' else e.event_mode end as event_mode,
    t.quad_class,
    t.weight,
    coalesce(e.goldstein, t.goldstein) as goldstein,
    t.is_act_about_act,
    t.is_mirrored,
    t.merges_directions,
    e.event_date,
    coalesce(e.origin, e.dataset) as origin,
    e.story_key,
    e.sentence,
    e.url,
    e.cameo_code,
    e.known_at,
    e.load_number,
    case
        when e.source_code = e.target_code then 'same_country'
        when e.duplicate_of is not null then 'duplicate'
        when e.event_type = 'STATEMENT' then 'statement'
        when e.event_type = 'ASSESS' then 'assessment'
        when e.event_date > {{ add_days('e.known_at', 1) }} then 'future_date'
        when t.event_type is null then 'unknown_type'
        else 'candidate'
    end as verdict
from {{ ref('stg_datasets__events') }} as e
left join {{ ref('int_event_types') }} as t
    on e.event_type = t.event_type and e.event_mode = t.event_mode
left join {{ ref('actor_roles') }} as sr on e.source_role = sr.role
left join {{ ref('actor_roles') }} as tr on e.target_role = tr.role
where e.source_code is not null and e.target_code is not null
