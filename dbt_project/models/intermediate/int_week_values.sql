-- Per pair, week, scale and variant of acts: n_t, the mean value and its weight
-- w_t = 1 / (tau2 + V / n_t). A week without events has weight 0.
{{ config(materialized='view') }}
with variants as (
    select
        dataset, pair_id, week_start, 'detente' as scale, 'all' as acts,
        party_share_sum as week_n, weight_sum as value_sum, event_count
    from {{ ref('int_event_weeks') }}
    union all
    select
        dataset, pair_id, week_start, 'goldstein', 'all',
        party_share_sum, goldstein_sum, event_count
    from {{ ref('int_event_weeks') }}
    union all
    select
        dataset, pair_id, week_start, 'detente', 'acknowledged',
        acknowledged_party_share_sum, acknowledged_weight_sum, acknowledged_count
    from {{ ref('int_event_weeks') }}
)

select
    dataset,
    pair_id,
    week_start,
    scale,
    acts,
    week_n,
    event_count,
    value_sum / week_n as week_mean,
    1 / ({{ var('tau2') }} + {{ var('event_variance') }} / week_n) as week_weight
from variants
where week_n > 0
