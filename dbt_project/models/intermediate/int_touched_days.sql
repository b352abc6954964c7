-- Days of pairs with new rows of event data sets.
select distinct dataset, pair_id, event_date
from {{ ref('stg_datasets__events') }}
where {{ is_new('load_number') }} and source_code is not null and target_code is not null
