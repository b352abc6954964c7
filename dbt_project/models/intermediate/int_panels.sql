-- The fixed panel of a year: publishers with a document (data sets of events: an event) in at least
-- 90 % of the year's weeks in which anything came; and all publishers beside it.
with active as (
    select dataset, week_start, publisher from {{ ref('int_country_documents') }}
    group by dataset, week_start, publisher
    union all
    -- their origins are their publishers
    select dataset, week_start, origin_id from {{ ref('int_origin_weeks') }}
    where dataset not in (select dataset from {{ ref('stg_news__documents') }})
    group by dataset, week_start, origin_id
),

years as (
    select dataset, {{ iso_year('week_start') }} as year, week_start, publisher from active
),

weeks as (
    select dataset, year, count(distinct week_start) as week_count
    from years
    group by dataset, year
),

publishers as (
    select dataset, year, publisher, count(*) as week_count
    from years
    group by dataset, year, publisher
)

select p.dataset, p.year, p.publisher, 'all sources' as panel
from publishers as p
union all
select p.dataset, p.year, p.publisher, 'fixed panel'
from publishers as p
inner join weeks as w on p.dataset = w.dataset and p.year = w.year
where p.week_count >= {{ var('panel_share') }} * w.week_count
