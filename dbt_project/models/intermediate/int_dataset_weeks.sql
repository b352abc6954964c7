-- Coverage: documents (data sets of events: reports) of a data set by week.
with days as (
    select dataset, event_date, sum(report_count) as report_count
    from {{ ref('fct_pair_days') }}
    where dataset not in (select dataset from {{ ref('stg_news__documents') }})
    group by dataset, event_date
),

counted as (
    select dataset, {{ monday('published_date') }} as week_start, count(*) as document_count
    from {{ ref('stg_news__revisions') }}
    where is_latest
    group by dataset, {{ monday('published_date') }}
    union all
    select dataset, {{ monday('event_date') }}, sum(report_count)
    from days
    group by dataset, {{ monday('event_date') }}
)

select dataset, week_start, cast(document_count as double) as document_count
from counted
