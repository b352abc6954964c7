-- Reports that bear on an act to come: plans, rumours, and acts about it (invite, accept, cancel,
-- postpone), with the window in which it was to take place. Put as guest -> host: who is invited
-- would travel.
with oriented as (
    select
        *,
        event_mode = 'invite' and event_type = 'CONSULT' as is_invitation
    from {{ ref('int_mentions_judged') }}
),

reports as (
    select
        m.report_id,
        m.dataset,
        m.pair_id,
        case when m.is_invitation then m.target_code else m.source_code end as source_code,
        case when m.is_invitation then m.source_code else m.target_code end as target_code,
        case when m.is_invitation then m.target_name else m.source_name end as source_name,
        case when m.is_invitation then m.source_name else m.target_name end as target_name,
        case when m.is_invitation then m.target_level else m.source_level end as source_level,
        m.event_type,
        m.event_mode,
        m.status,
        m.refers_to_type,
        m.refers_to_mode,
        m.origin_id,
        m.attribution_kind,
        m.attribution_country_code,
        m.known_at,
        m.published_date,
        m.sentence,
        case
            when m.refers_to_type = 'CONSULT' then coalesce(nullif(m.refers_to_mode, ''), 'visit')
            else m.event_mode
        end as family,
        case
            when m.refers_to_type = 'CONSULT' then m.refers_to_date_start
            else m.interval_start
        end as window_start,
        case
            when m.refers_to_type = 'CONSULT' then m.refers_to_date_end
            else m.interval_end
        end as window_end,
        case
            when m.event_mode in ('cancel', 'postpone') then m.event_mode
            when m.refers_to_type = 'CONSULT' then 'announced'
            else m.status
        end as statement
    from oriented as m
    where
        m.is_state_to_state and m.verdict not in ('overridden', 'same_country')
        and (
            (m.event_type = 'CONSULT' and m.status in ('planned', 'possible'))
            or (
                m.refers_to_type = 'CONSULT' and m.status = 'occurred'
                and m.event_mode in ('invite', 'accept', 'agree_to_meet', 'cancel', 'postpone')
            )
        )
)

select
    *,
    coalesce(window_start, published_date) as anchor_date,
    window_start is not null as is_dated
from reports
where family in ('visit', 'meet', 'call', 'host')
