with documents as (
    select
        d.dataset,
        max(d.corpus_label) as label,
        min({{ monday('r.published_date') }}) as first_week,
        max({{ monday('r.published_date') }}) as last_week,
        count(*) as document_count
    from {{ ref('stg_news__documents') }} as d
    inner join {{ ref('stg_news__revisions') }} as r on d.document_id = r.document_id and r.is_latest
    group by d.dataset
),

reports as (
    select
        dataset,
        {{ monday('min(event_date)') }} as first_week,
        {{ monday('max(event_date)') }} as last_week,
        count(*) as report_count
    from {{ ref('stg_datasets__events') }}
    group by dataset
),

mentions as (
    select dataset, count(*) as report_count from {{ ref('int_mentions_judged') }} group by dataset
),

events as (
    select dataset, count(*) as event_count from {{ ref('fct_events') }} group by dataset
),

known as (
    select dataset from documents
    union
    select dataset from reports
)

select
    k.dataset,
    case when k.dataset = 'simulated' then 'simulated' else d.label end as label,
    case
        when k.dataset = 'simulated' or d.label = 'simulated'
            then 'simulated pairs with known change points; they show the method, not the world'
        when d.label = 'illustrative'
            then 'illustrative corpus written for Détente; it shows the method, not history'
    end as caption,
    coalesce(d.first_week, r.first_week) as first_week,
    coalesce(d.last_week, r.last_week) as last_week,
    cast(coalesce(d.document_count, 0) as bigint) as document_count,
    cast(coalesce(r.report_count, 0) + coalesce(m.report_count, 0) as bigint) as report_count,
    cast(coalesce(e.event_count, 0) as bigint) as event_count
from known as k
left join documents as d on k.dataset = d.dataset
left join reports as r on k.dataset = r.dataset
left join mentions as m on k.dataset = m.dataset
left join events as e on k.dataset = e.dataset
