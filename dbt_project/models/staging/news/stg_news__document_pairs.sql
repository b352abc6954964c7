-- One row per document and pair that any of its mentions names, whichever coder and revision.
select distinct
    document_id,
    dataset,
    least(source_code, target_code) || '-' || greatest(source_code, target_code) as pair_id
from {{ source('raw', 'event_mentions') }}
