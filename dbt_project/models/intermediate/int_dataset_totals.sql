-- One row per data set and week: its scored events of record. M2's E of data sets of events.
select dataset, week_start, sum(event_count) as event_count
from {{ ref('int_event_weeks') }}
group by dataset, week_start
