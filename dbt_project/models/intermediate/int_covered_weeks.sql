-- Weeks in which something was ingested; a week never ceases to be one.
{{ config(materialized='incremental', incremental_strategy='append') }}
with seen as (
    select distinct dataset, {{ monday('published_date') }} as week_start
    from {{ ref('stg_news__revisions') }}
    {% if is_incremental() %} where {{ is_new('load_number') }} {% endif %}
    union
    select distinct dataset, {{ monday('event_date') }}
    from {{ ref('stg_datasets__events') }}
    where source_code <> target_code
    {% if is_incremental() %} and {{ is_new('load_number') }} {% endif %}
)

select s.dataset, s.week_start, {{ this_load() }} as changed_load
from seen as s
{% if is_incremental() %}
anti join {{ this }} as t on s.dataset = t.dataset and s.week_start = t.week_start
{% endif %}
