-- M2's E: per pair and week of the spine the documents that name A or B; for data sets of events
-- all their events of the week.
with weeks as (
    select
        dataset, pair_id, week_start,
        split_part(pair_id, '-', 1) as a,
        split_part(pair_id, '-', 2) as b
    from {{ ref('fct_pair_weeks') }}
),

countries as (
    select dataset, week_start, country_code, sum(document_count) as document_count
    from {{ ref('int_country_documents') }}
    group by dataset, week_start, country_code
),

pairs as (
    select dataset, week_start, pair_id, sum(document_count) as document_count
    from {{ ref('int_pair_documents') }}
    group by dataset, week_start, pair_id
),

events as (
    select dataset, week_start, sum(event_count) as event_count
    from {{ ref('int_event_weeks') }}
    group by dataset, week_start
),

with_documents as (
    select distinct dataset from {{ ref('stg_news__documents') }}
)

select
    w.dataset,
    w.pair_id,
    w.week_start,
    case
        when n.dataset is not null
            then coalesce(a.document_count, 0) + coalesce(b.document_count, 0)
                - coalesce(p.document_count, 0)
        else coalesce(e.event_count, 0)
    end as document_count
from weeks as w
left join with_documents as n on w.dataset = n.dataset
left join countries as a
    on w.dataset = a.dataset and w.week_start = a.week_start and w.a = a.country_code
left join countries as b
    on w.dataset = b.dataset and w.week_start = b.week_start and w.b = b.country_code
left join pairs as p
    on w.dataset = p.dataset and w.week_start = p.week_start and w.pair_id = p.pair_id
left join events as e on w.dataset = e.dataset and w.week_start = e.week_start
