-- One row per data set of documents, week, publisher and country: documents that name it (latest
-- revisions). Any two countries: a + b - both.
select
    c.dataset,
    {{ monday('c.published_date') }} as week_start,
    coalesce(d.publisher, d.source_id) as publisher,
    c.country_code,
    count(*) as document_count
from {{ ref('stg_news__document_countries') }} as c
inner join {{ ref('stg_news__documents') }} as d on c.document_id = d.document_id
group by c.dataset, {{ monday('c.published_date') }}, coalesce(d.publisher, d.source_id), c.country_code
