-- One row per data set, newest first.
select dataset, label, caption, first_week, last_week, document_count, report_count, event_count
from marts.dim_datasets
order by last_week desc nulls last, dataset
