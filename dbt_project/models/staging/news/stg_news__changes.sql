-- One row per loaded row that bears on the mentions of a document: by its load number a build finds
-- the documents to look at again. Mentions of all versions, not only those that count.
select document_id, load_number from {{ source('raw', 'event_mentions') }}
union all
select document_id, load_number from {{ source('raw', 'document_revisions') }}
union all
select r.document_id, s.load_number
from {{ source('raw', 'document_stories') }} as s
inner join {{ source('raw', 'document_revisions') }} as r on s.revision_id = r.revision_id
