-- One row per pair: warmth in its last week of the window, and against the week a year before.
with recent as (
    select pair_id, warmth, warmth_lo, warmth_hi, prior_share, evidence_level, event_count_52w,
        week_start
    from marts.fct_pair_warmth
    where
        dataset = $dataset and scale = 'detente' and acts = $acts
        and week_start between $end::date - 370 and $end
    qualify row_number() over (partition by pair_id order by week_start desc) = 1
),
earlier as (
    select pair_id, warmth, evidence_level
    from marts.fct_pair_warmth
    where
        dataset = $dataset and scale = 'detente' and acts = $acts
        and week_start between $end::date - 735 and $end::date - 364
    qualify row_number() over (partition by pair_id order by week_start desc) = 1
)
select
    p.pair_id, p.country_a_code, p.country_b_code, p.country_a_name, p.country_b_name,
    r.week_start, r.warmth, r.warmth_lo, r.warmth_hi, r.prior_share, r.evidence_level,
    r.event_count_52w,
    e.warmth as warmth_before,
    e.evidence_level as evidence_before,
    case
        when r.evidence_level <> 'insufficient' and e.evidence_level <> 'insufficient'
            then r.warmth - e.warmth
    end as warmth_change
from marts.dim_pairs as p
inner join recent as r on p.pair_id = r.pair_id
left join earlier as e on p.pair_id = e.pair_id
order by r.event_count_52w desc nulls last, p.pair_id
