select distinct
    c.revision_id,
    r.document_id,
    r.dataset,
    c.country_code,
    r.published_date
from {{ source('raw', 'document_countries') }} as c
inner join {{ ref('stg_ops__coded_revisions') }} as o
    on c.revision_id = o.revision_id and c.coder_version = o.coder_version and o.is_used
inner join {{ ref('stg_news__revisions') }} as r
    on c.revision_id = r.revision_id and r.is_latest
