select distinct
    c.revision_id,
    r.document_id,
    r.dataset,
    c.country_code,
    r.published_date
from {{ source('raw', 'document_countries') }} as c
inner join {{ ref('stg_news__coder_versions') }} as v
    on c.coder_version = v.coder_version and v.is_current
inner join {{ ref('stg_news__revisions') }} as r
    on c.revision_id = r.revision_id and r.is_latest
