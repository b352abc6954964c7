-- M12's record: what became of announced acts that were given a probability, by tenth of it. An act
-- that nobody resolved counts as not occurred in its window: for the score, not for the world.
with settled as (
    select
        dataset,
        p_occurs,
        outcome,
        case when outcome = 'occurred' then 1.0 else 0.0 end as occurred,
        floor(least(p_occurs, 0.999) * 10) / 10 as probability_from
    from {{ ref('fct_watch_items') }}
    where outcome <> 'open'
),

overall as (
    select dataset, avg(power(p_occurs - occurred, 2)) as brier_score_all
    from settled
    group by dataset
)

select
    s.dataset,
    cast(s.probability_from as double) as probability_from,
    count(*) as item_count,
    cast(sum(s.occurred) as bigint) as occurred_count,
    cast(count_if(s.outcome = 'unresolved') as bigint) as unresolved_count,
    cast(avg(s.p_occurs) as double) as mean_probability,
    cast(avg(s.occurred) as double) as occurred_share,
    cast(avg(power(s.p_occurs - s.occurred, 2)) as double) as brier_score,
    cast(max(o.brier_score_all) as double) as brier_score_all
from settled as s
inner join overall as o on s.dataset = o.dataset
group by s.dataset, s.probability_from
