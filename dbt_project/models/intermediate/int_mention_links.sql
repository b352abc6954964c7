-- One row per current mention: the episode it belongs to, if any, and its outcome.
-- A report without an exact day never makes an event where a finer one fits: it attaches to the
-- one that fits, or stays out if several do.
-- depends_on: {{ ref('int_touched_news_pairs') }}
{{ config(
    materialized='incremental', incremental_strategy='replace', on_schema_change='fail',
    meta={'replaces': [{
        'relation': 'intermediate.int_touched_news_pairs',
        'where': 't.dataset = c.dataset and t.pair_id = c.pair_id',
    }]},
) }}
with days as (
    select
        {{ series_of() }}, anchor_date,
        min(event_date) as first_date,
        max(event_date) as last_date
    from {{ ref('int_mention_episodes') }} as e
    {% if is_incremental() -%}
    semi join {{ ref('int_touched_news_pairs') }} as c
        on e.dataset = c.dataset and e.pair_id = c.pair_id
    {% endif -%}
    group by all
),

-- Weeks that no dated episode falls into make episodes of their own; then months.
weeks as (
    select
        m.dataset, m.pair_id, m.family, m.actor_code, 'week' as cluster,
        m.event_date as anchor_date, m.event_date as first_date, max(m.interval_end) as last_date
    from {{ ref('int_mentions_due') }} as m
    where m.verdict = 'candidate' and m.date_precision = 'week'
        and not exists (
            select 1 from days as d
            where d.dataset = m.dataset and d.pair_id = m.pair_id and d.family = m.family
                and d.actor_code = m.actor_code
                and d.first_date <= m.interval_end and d.last_date >= m.interval_start
        )
    group by all
),

days_and_weeks as (
    select * from days
    union all
    select * from weeks
),

months as (
    select
        m.dataset, m.pair_id, m.family, m.actor_code, 'month' as cluster,
        m.event_date as anchor_date, m.interval_start as first_date,
        max(m.interval_end) as last_date
    from {{ ref('int_mentions_due') }} as m
    where m.verdict = 'candidate' and m.date_precision = 'month'
        and not exists (
            select 1 from days_and_weeks as d
            where d.dataset = m.dataset and d.pair_id = m.pair_id and d.family = m.family
                and d.actor_code = m.actor_code
                and d.first_date <= m.interval_end and d.last_date >= m.interval_start
        )
    group by all
),

episodes as (
    select * from days_and_weeks
    union all
    select * from months
),

-- Reports without a day of their own look for the episode they tell of.
seekers as (
    select
        report_id, dataset, pair_id, family, actor_code, verdict, date_precision, event_date,
        case
            when verdict = 'no_date'
                then {{ add_days('published_date', -1 * var('disclosure_days')) }}
            else interval_start
        end as from_date,
        case when verdict = 'no_date' then published_date else interval_end end as to_date
    from {{ ref('int_mentions_due') }}
    where (verdict = 'candidate' and date_precision in ('week', 'month'))
        or verdict in ('coarse_date', 'no_date', 'historical')
),

matches as (
    select
        s.report_id,
        s.verdict,
        s.date_precision,
        e.dataset,
        e.pair_id,
        e.family,
        e.actor_code,
        e.cluster,
        e.anchor_date,
        count(*) over (partition by s.report_id) as match_count,
        row_number() over (
            partition by s.report_id
            order by abs({{ days_between('e.anchor_date', 's.event_date') }}), e.anchor_date, e.cluster
        ) as preference
    from seekers as s
    inner join episodes as e
        on s.dataset = e.dataset and s.pair_id = e.pair_id and s.family = e.family
        and s.actor_code = e.actor_code
        and e.first_date <= s.to_date and e.last_date >= s.from_date
),

preferred as (
    select *
    from matches
    where preference = 1 and (match_count = 1 or (verdict = 'candidate' and date_precision = 'week'))
),

-- An episode of which every report of its own is as well another's has no date: it is no event, and
-- nothing attaches to it.
standing as (
    select {{ series_of() }}, anchor_date from days
    union
    select {{ series_of() }}, anchor_date
    from preferred
    where verdict = 'candidate' and cluster = date_precision
),

found as (
    select p.report_id, p.cluster, p.anchor_date
    from preferred as p
    inner join standing as s
        on {{ same_series('p', 's') }} and p.anchor_date = s.anchor_date
)

select
    m.report_id,
    m.dataset,
    m.pair_id,
    m.family,
    m.actor_code,
    coalesce(d.cluster, f.cluster) as cluster,
    coalesce(d.anchor_date, f.anchor_date) as anchor_date,
    case
        when d.report_id is not null then 'counted'
        when m.verdict = 'historical' and f.report_id is not null then 'retelling'
        when f.cluster = m.date_precision then 'counted'
        when f.report_id is not null then 'attached'
        when m.verdict = 'candidate' then 'ambiguous_date'
        else m.verdict
    end as outcome
from {{ ref('int_mentions_due') }} as m
left join {{ ref('int_mention_episodes') }} as d on m.report_id = d.report_id
left join found as f on m.report_id = f.report_id
