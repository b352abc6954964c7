-- The last runs, by stage and outcome.
select
    run_id, stage, outcome, count(*) as attempts, min(started_at) as started_at,
    sum(duration_seconds) as seconds, any_value(message) as message
from marts.fct_ingest_attempts
group by run_id, stage, outcome
order by started_at desc
limit 40
