-- M2's E where documents are ingested: per pair and week of the spine the documents that name A or B.
-- Of data sets of events it is their events of the week, the same for all pairs (int_dataset_totals).
with with_documents as (
    select distinct dataset from {{ ref('stg_news__documents') }}
),

weeks as (
    select
        dataset, pair_id, week_start,
        split_part(pair_id, '-', 1) as a,
        split_part(pair_id, '-', 2) as b
    from {{ ref('fct_pair_weeks') }}
    where dataset in (select dataset from with_documents)
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
)

select
    w.dataset,
    w.pair_id,
    w.week_start,
    coalesce(a.document_count, 0) + coalesce(b.document_count, 0)
        - coalesce(p.document_count, 0) as document_count
from weeks as w
left join countries as a
    on w.dataset = a.dataset and w.week_start = a.week_start and w.a = a.country_code
left join countries as b
    on w.dataset = b.dataset and w.week_start = b.week_start and w.b = b.country_code
left join pairs as p
    on w.dataset = p.dataset and w.week_start = p.week_start and w.pair_id = p.pair_id
