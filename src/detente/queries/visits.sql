-- One row per visit of record.
select
    guest_code as guest,
    host_code as host,
    coalesce(guest_name, '') as who,
    level,
    start_date,
    end_date,
    acknowledgement,
    confidence,
    visits_12m,
    days_since_last
from marts.fct_leader_visits
where dataset = $dataset
order by start_date desc
