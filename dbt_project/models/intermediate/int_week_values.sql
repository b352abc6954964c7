-- Per pair, week, scale and variant of acts: n_t, the mean value and its weight
-- w_t = 1 / (tau2 + V / n_t). A week without events has weight 0.
with variants as (
    select
        dataset, pair_id, week_start, 'detente' as scale, 'all' as acts,
        sum(party_share) as week_n, sum(weight * party_share) as value_sum, count(*) as event_count
    from {{ ref('fct_events') }}
    where is_scored
    group by dataset, pair_id, week_start
    union all
    select
        dataset, pair_id, week_start, 'goldstein', 'all',
        sum(party_share), sum(goldstein * party_share), count(*)
    from {{ ref('fct_events') }}
    where is_scored
    group by dataset, pair_id, week_start
    union all
    select
        dataset, pair_id, week_start, 'detente', 'acknowledged',
        sum(party_share), sum(weight * party_share), count(*)
    from {{ ref('fct_events') }}
    where is_scored and acknowledgement = 'acknowledged'
    group by dataset, pair_id, week_start
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
