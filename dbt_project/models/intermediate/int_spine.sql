-- The weekly spine as it stands: the weeks that fct_pair_weeks holds.
{{ config(materialized='view') }}
select dataset, pair_id, week_start, week_index, is_covered
from {{ ref('fct_pair_weeks') }}
