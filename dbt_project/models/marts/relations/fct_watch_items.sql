-- M12. The life of an announced or rumoured act as of the build: reported -> confirmed by an
-- official of guest or host -> occurred, substituted, cancelled, postponed, or unresolved. What
-- nobody resolved is 'unresolved', never 'did not happen'.
{%- set today = var('as_of') or run_started_at.strftime('%Y-%m-%d %H:%M:%S') %}
with reports as (
    select
        *,
        first_value(source_code) over episode as guest_code,
        first_value(target_code) over episode as host_code,
        first_value(source_level) over episode as principal_level,
        first_value(family) over episode as act_family,
        first_value(sentence) over episode as first_sentence
    from {{ ref('int_watch_episodes') }}
    window episode as (
        partition by dataset, pair_id, episode_date
        order by case when event_type = 'CONSULT' and event_mode = 'visit' then 0 else 1 end,
            known_at, report_id
        rows between unbounded preceding and unbounded following
    )
),

items as (
    select
        dataset,
        pair_id,
        episode_date,
        guest_code,
        host_code,
        -- the first name that a report of the same level gives
        min_by(source_name, cast(known_at as varchar) || report_id) filter (
            where source_name is not null and source_code = guest_code
                and source_level = principal_level
        ) as principal_name,
        principal_level,
        case when act_family = 'meet' then 'meet' else 'visit' end as event_mode,
        first_sentence as sentence,
        min(case when is_dated then window_start end) as window_start,
        max(case when is_dated then window_end end) as window_end,
        case when max(case when statement in ('planned', 'announced') then 1 else 0 end) = 1
            then 'planned' else 'possible' end as announced_as,
        min(known_at) as reported_at,
        max(known_at) as last_reported_at,
        count(*) as report_count,
        count(distinct origin_id) as origin_count,
        substr(max(case attribution_kind
            when 'official' then '3' when 'state_media' then '2' when 'anonymous' then '0' else '1'
        end || attribution_kind), 2) as best_source,
        min(case when statement in ('planned', 'announced')
            and attribution_kind in ('official', 'state_media')
            and attribution_country_code = guest_code then known_at end) as source_confirmed_at,
        min(case when statement in ('planned', 'announced')
            and attribution_kind in ('official', 'state_media')
            and attribution_country_code = host_code then known_at end) as target_confirmed_at,
        min(case when statement = 'cancel' then published_date end) as cancelled_at,
        min(case when statement = 'postpone' then published_date end) as postponed_at
    from reports
    group by all
),

windows as (
    select
        *,
        coalesce(window_start, cast(reported_at as date)) as from_date,
        coalesce(window_end, {{ add_days('cast(reported_at as date)', var('watch_undated_days')) }})
            as until_date
    from items
),

-- Acts of the pair in time: a visit is the guest's own, a meeting is both sides'. Somebody else than
-- was announced, of a lower level or another person by name, stands in on an announced day only:
-- officials who meet within half a year are no answer to 'the leaders might meet'.
acts as (
    select
        w.dataset,
        w.pair_id,
        w.episode_date,
        e.event_id,
        e.event_date_start,
        -- two acts of one day: the same one is named by every build
        cast(e.event_date_start as varchar) || e.event_id as day_and_id,
        case when e.source_code = w.guest_code then l.source_level else l.target_level end
            > w.principal_level
        or coalesce(
            case when e.source_code = w.guest_code then e.source_name else e.target_name end
            <> w.principal_name, false
        ) as is_somebody_else
    from windows as w
    inner join {{ ref('fct_events') }} as e
        on w.dataset = e.dataset and w.pair_id = e.pair_id and e.is_scored
        and (
            e.family = 'visit' and (e.source_code = w.guest_code or w.event_mode = 'meet')
            or e.family = 'meeting' and w.event_mode = 'meet'
        )
        and e.event_date_start between {{ add_days('w.from_date', -3) }}
            and {{ add_days('w.until_date', 3) }}
    inner join {{ ref('int_event_levels') }} as l on e.event_id = l.event_id
),

followed as (
    select
        w.*,
        coalesce(
            min(a.event_date_start) filter (where not a.is_somebody_else), min(a.event_date_start)
        ) as occurred_at,
        coalesce(
            min_by(a.event_id, a.day_and_id) filter (where not a.is_somebody_else),
            min_by(a.event_id, a.day_and_id)
        ) as event_id,
        min(case when a.is_somebody_else then 1 else 0 end) = 1 as is_somebody_else
    from windows as w
    left join acts as a
        on w.dataset = a.dataset and w.pair_id = a.pair_id and w.episode_date = a.episode_date
        and (w.window_start is not null or not a.is_somebody_else)
    group by all
),

settled as (
    select
        *,
        case
            when cancelled_at is not null and occurred_at is not null and occurred_at > cancelled_at
                then case when is_somebody_else then 'substituted' else 'occurred' end
            when cancelled_at is not null then 'cancelled'
            when occurred_at is not null and is_somebody_else then 'substituted'
            when occurred_at is not null then 'occurred'
            when postponed_at is not null then 'postponed'
            when {{ add_days('until_date', var('lapse_days')) }} < cast('{{ today }}' as date) then 'unresolved'
            else 'open'
        end as outcome
    from followed
),

settled_on as (
    select
        *,
        case outcome
            when 'occurred' then occurred_at
            when 'substituted' then occurred_at
            when 'cancelled' then cancelled_at
            when 'postponed' then postponed_at
            when 'unresolved' then {{ add_days('until_date', var('lapse_days')) }}
        end as settled_at
    from settled
),

-- what had become of its class when it was reported; nothing that was settled later
records as (
    select
        i.dataset, i.pair_id, i.episode_date,
        count(*) as class_n,
        count_if(p.outcome = 'occurred') as class_occurred
    from settled_on as i
    inner join settled_on as p
        on i.dataset = p.dataset and i.event_mode = p.event_mode and i.best_source = p.best_source
        and i.announced_as = p.announced_as
        and p.settled_at < cast(i.reported_at as date)
    group by i.dataset, i.pair_id, i.episode_date
),

rated as (
    select
        s.*,
        coalesce(r.class_n, 0) as class_n,
        coalesce(r.class_occurred, 0) as class_occurred,
        coalesce(r.class_occurred, 0) + {{ var('watch_prior_occurred') }} as a,
        coalesce(r.class_n - r.class_occurred, 0)
            + {{ var('watch_prior_total') - var('watch_prior_occurred') }} as b
    from settled_on as s
    left join records as r
        on s.dataset = r.dataset and s.pair_id = r.pair_id and s.episode_date = r.episode_date
),

-- The logit of a Beta(a, b) variable has mean psi(a) - psi(b) and variance psi1(a) + psi1(b); with
-- psi(x) ~ ln x - 1/2x - 1/12x^2 and psi1(x) ~ 1/x + 1/2x^2 + 1/6x^3, good from x = 2 on.
logits as (
    select
        *,
        (ln(a) - 0.5 / a - 1 / (12.0 * a * a)) - (ln(b) - 0.5 / b - 1 / (12.0 * b * b)) as logit,
        sqrt(
            1.0 / a + 0.5 / (a * a) + 1 / (6.0 * a * a * a)
            + 1.0 / b + 0.5 / (b * b) + 1 / (6.0 * b * b * b)
        ) as logit_sd
    from rated
)

select
    md5(dataset || '|' || pair_id || '|' || cast(episode_date as varchar)) as watch_id,
    dataset,
    pair_id,
    guest_code as source_code,
    host_code as target_code,
    principal_name,
    'CONSULT' as event_type,
    event_mode,
    case when event_mode = 'meet' then 'meeting' else 'visit' end as family,
    window_start,
    window_end,
    cast(reported_at as timestamp) as reported_at,
    cast(last_reported_at as timestamp) as last_reported_at,
    cast(report_count as bigint) as report_count,
    cast(origin_count as bigint) as origin_count,
    best_source,
    announced_as,
    cast(source_confirmed_at as timestamp) as source_confirmed_at,
    cast(target_confirmed_at as timestamp) as target_confirmed_at,
    source_confirmed_at is not null as guest_confirmed,
    target_confirmed_at is not null as host_confirmed,
    occurred_at,
    cancelled_at,
    postponed_at,
    case when outcome = 'unresolved' then settled_at end as lapsed_at,
    settled_at,
    outcome,
    outcome = 'substituted'
        or (outcome = 'cancelled' and occurred_at is not null) as is_substituted,
    case
        when outcome <> 'open' then 'settled'
        when source_confirmed_at is not null or target_confirmed_at is not null then 'confirmed'
        else 'reported'
    end as stage,
    event_id,
    cast(class_n as bigint) as class_n,
    cast(class_occurred as bigint) as class_occurred,
    cast(a as double) / (a + b) as p_occurs,
    cast(1 / (1 + exp({{ var('z') }} * logit_sd - logit)) as double) as p_occurs_lo,
    cast(1 / (1 + exp(-{{ var('z') }} * logit_sd - logit)) as double) as p_occurs_hi,
    sentence
from logits
