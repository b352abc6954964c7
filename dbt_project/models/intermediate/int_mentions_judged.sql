-- Each current mention with its resolved day and the verdict it gets by itself:
-- 'candidate' may make an event of record, everything else says why not.
-- depends_on: {{ ref('int_touched_documents') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_documents', 'where': 't.document_id = c.document_id',
    }]},
) }}
with mentions as (
    select m.*
    from {{ ref('stg_news__event_mentions') }} as m
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_documents') }} as c on m.document_id = c.document_id
    {%- endif %}
),

overridden as (
    select
        m.*,
        coalesce(split_part(retype.replacement, '/', 1), m.event_type) as final_type,
        coalesce(split_part(retype.replacement, '/', 2), m.event_mode) as final_mode,
        coalesce(restatus.replacement, m.status) as final_status,
        coalesce(try_cast(redate.replacement as date), m.event_date_start) as final_start,
        coalesce(try_cast(redate.replacement as date), m.event_date_end) as final_end,
        case when redate.replacement is not null then 'day' else m.date_precision end
            as final_precision,
        case when redate.replacement is not null then 'explicit' else m.date_basis end as final_basis,
        wrong.override_id is not null or wrong_document.override_id is not null as is_rejected
    from mentions as m
    left join {{ ref('stg_user__overrides') }} as wrong
        on wrong.target_kind = 'mention' and wrong.verdict = 'wrong'
        and wrong.target_id = m.mention_id
    left join {{ ref('stg_user__overrides') }} as wrong_document
        on wrong_document.target_kind = 'document' and wrong_document.verdict = 'wrong'
        and wrong_document.target_id = m.document_id
    left join {{ ref('stg_user__overrides') }} as retype
        on retype.target_kind = 'mention' and retype.verdict = 'retype'
        and retype.target_id = m.mention_id
    left join {{ ref('stg_user__overrides') }} as restatus
        on restatus.target_kind = 'mention' and restatus.verdict = 'restatus'
        and restatus.target_id = m.mention_id
    left join {{ ref('stg_user__overrides') }} as redate
        on redate.target_kind = 'mention' and redate.verdict = 'redate'
        and redate.target_id = m.mention_id
    where m.is_current_revision
),

dated as (
    select
        o.*,
        o.final_start is null and o.final_basis in ('publication', 'tense') as takes_publication_day,
        case
            when o.final_start is null and o.final_basis in ('publication', 'tense')
                then o.published_date
            when o.final_precision = 'month' then {{ add_days('o.final_start', 14) }}
            else o.final_start
        end as event_date,
        case
            when o.final_start is null and o.final_basis in ('publication', 'tense') then 'day'
            else o.final_precision
        end as precision
    from overridden as o
),

-- A visit is told from either end: it is put as guest -> host, whoever is the subject.
oriented as (
    select
        d.*,
        t.family,
        t.quad_class,
        t.weight,
        coalesce(c.goldstein, t.goldstein) as goldstein,
        t.is_act_about_act,
        t.is_mirrored,
        t.merges_directions,
        t.is_standing,
        d.final_type = 'CONSULT' and d.final_mode = 'host' as is_hosting
    from dated as d
    left join {{ ref('int_event_types') }} as t
        on d.final_type = t.event_type and d.final_mode = t.event_mode
    left join {{ ref('cameo_types') }} as c on d.cameo_code = c.cameo_code
)

select
    o.mention_id as report_id,
    o.dataset,
    least(o.source_code, o.target_code) || '-' || greatest(o.source_code, o.target_code) as pair_id,
    case when o.is_hosting then o.target_code else o.source_code end as source_code,
    case when o.is_hosting then o.source_code else o.target_code end as target_code,
    case when o.is_hosting then o.target_role else o.source_role end as source_role,
    case when o.is_hosting then o.source_role else o.target_role end as target_role,
    case when o.is_hosting then o.target_name else o.source_name end as source_name,
    case when o.is_hosting then o.source_name else o.target_name end as target_name,
    coalesce(sr.is_state_level, o.source_role is null)
        and coalesce(tr.is_state_level, o.target_role is null) as is_state_to_state,
    case when o.is_hosting then coalesce(tr.visit_level, 4) else coalesce(sr.visit_level, 4) end
        as source_level,
    case when o.is_hosting then coalesce(sr.visit_level, 4) else coalesce(tr.visit_level, 4) end
        as target_level,
    o.party_count,
    o.final_type as event_type,
    case when o.is_hosting then 'visit' else o.final_mode end as event_mode,
    o.family,
    -- whose act it is, within which reports of one family may merge
    case
        when o.family = 'visit' and o.is_hosting then o.target_code
        when o.family = 'visit' then o.source_code
        when o.merges_directions then 'both'
        else o.source_code
    end as actor_code,
    o.quad_class,
    o.weight,
    o.goldstein,
    o.is_act_about_act,
    o.is_mirrored,
    o.merges_directions,
    o.final_status as status,
    o.polarity,
    o.refers_to_type,
    o.refers_to_mode,
    o.refers_to_date_start,
    o.refers_to_date_end,
    o.assess_direction,
    o.attribution,
    o.attribution_kind,
    o.attribution_name,
    o.attribution_country_code,
    o.speaker_relation,
    -- who says so in the end: one government is one origin whoever speaks for it, a reprint and
    -- 'A reported that B said' count for B
    case
        when o.attribution_kind = 'official' and o.attribution_country_code is not null
            then 'official ' || o.attribution_country_code
        when o.attribution_kind in ('outlet', 'state_media') and o.attribution_name is not null
            then lower(o.attribution_name)
        else lower(o.origin_publisher)
    end as origin_id,
    -- an official, or the state's own agency speaking for it
    o.attribution_kind in ('official', 'state_media')
        and o.attribution_country_code in (o.source_code, o.target_code) as is_acknowledging,
    (
        o.attribution_kind = 'state_media'
        and o.attribution_country_code in (o.source_code, o.target_code)
    ) or (
        o.attribution_kind not in ('official', 'state_media')
        and o.is_state_controlled
        and o.publisher_country_code in (o.source_code, o.target_code)
    ) as is_party_state_media,
    o.event_date,
    case when o.takes_publication_day then o.published_date else o.final_start end as interval_start,
    case
        when o.takes_publication_day then o.published_date
        else coalesce(o.final_end, o.final_start)
    end as interval_end,
    o.precision as date_precision,
    o.final_basis as date_basis,
    o.place,
    o.published_date,
    o.known_at,
    o.document_id,
    o.revision_id,
    o.story_id,
    o.canonical_url,
    o.sentence_number,
    o.sentence,
    o.sentence_start,
    o.sentence_end,
    o.trigger_start,
    o.trigger_end,
    o.source_start,
    o.source_end,
    o.target_start,
    o.target_end,
    o.is_main_clause,
    o.rule_id,
    o.confidence,
    o.coder_name,
    o.coder_version,
    case
        when o.is_rejected then 'overridden'
        when o.source_code = o.target_code then 'same_country'
        when o.final_type = 'ASSESS' then 'assessment'
        when o.family is null then 'unknown_type'
        when o.final_type = 'STATEMENT' then 'statement'
        when o.final_status in ('negated', 'hypothetical', 'possible', 'planned', 'historical')
            then o.final_status
        when o.event_date is null then 'no_date'
        -- told as background of something else: it joins the event it retells and makes none
        when
            not o.is_main_clause
            and o.final_basis in ('explicit', 'relative')
            and o.event_date < {{ add_days('o.published_date', -1 * var('background_days')) }}
            then 'historical'
        when o.precision not in ('day', 'week', 'month') then 'coarse_date'
        when o.event_date > {{ add_days('o.known_at', 1) }} then 'future_date'
        when
            o.final_status = 'ongoing' and o.is_standing
            and o.final_basis not in ('explicit', 'relative') then 'standing_state'
        when o.final_basis = 'publication' and not o.is_main_clause then 'no_date'
        else 'candidate'
    end as verdict
from oriented as o
left join {{ ref('actor_roles') }} as sr on o.source_role = sr.role
left join {{ ref('actor_roles') }} as tr on o.target_role = tr.role
