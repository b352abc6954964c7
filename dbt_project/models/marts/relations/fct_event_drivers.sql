-- M15, the time-free part: w_t v_i / n_t. Contribution at T = a part / (sum a w + p0); all of them
-- and the prior's p0 mu0 / (sum a w + p0) add up to warmth exactly. A view: it follows from an event
-- and its week alone.
{{ config(materialized='view') }}
with valued as (
    select
        event_id, dataset, pair_id, week_start, 'detente' as scale, weight * party_share as event_value
    from {{ ref('fct_events') }}
    where is_scored
    union all
    select event_id, dataset, pair_id, week_start, 'goldstein', goldstein * party_share
    from {{ ref('fct_events') }}
    where is_scored
)

select
    v.event_id,
    v.dataset,
    v.pair_id,
    v.week_start,
    {{ week_index('v.week_start') }} as week_index,
    v.scale,
    'all' as acts,
    cast(w.week_weight as double) as week_weight,
    cast(v.event_value as double) as event_value,
    cast(w.week_n as double) as week_n,
    cast(w.week_weight * v.event_value / w.week_n as double) as part
from valued as v
inner join {{ ref('int_week_values') }} as w
    on v.dataset = w.dataset and v.pair_id = w.pair_id and v.week_start = w.week_start
    and v.scale = w.scale and w.acts = 'all'
