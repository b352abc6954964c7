-- One row: what was read of late, and by when.
select
    d.document_count, d.report_count, d.event_count, d.first_week, d.last_week, d.caption,
    p.built_at, p.as_of
from marts.dim_datasets as d
cross join marts.dim_publication as p
where d.dataset = $dataset
