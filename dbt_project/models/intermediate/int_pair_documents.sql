-- One row per data set of documents, week, publisher and pair: documents that name both countries.
select
    a.dataset,
    {{ monday('a.published_date') }} as week_start,
    coalesce(d.publisher, d.source_id) as publisher,
    a.country_code || '-' || b.country_code as pair_id,
    count(*) as document_count
from {{ ref('stg_news__document_countries') }} as a
inner join {{ ref('stg_news__document_countries') }} as b
    on a.revision_id = b.revision_id and a.country_code < b.country_code
inner join {{ ref('stg_news__documents') }} as d on a.document_id = d.document_id
group by
    a.dataset, {{ monday('a.published_date') }}, coalesce(d.publisher, d.source_id),
    a.country_code || '-' || b.country_code
