-- One row per direction, occasion and year in which a greeting was to be expected.
select
    pair_id, source_code, target_code, occasion, year, day_date, letter_count, level_rank,
    usual_level_rank, standing, event_date_start, event_id
from marts.fct_protocol_calendar
where
    dataset = $dataset and pair_id in (select unnest($pairs))
    and day_date between $start and $end::date + 7
order by pair_id, source_code, month(day_date), day(day_date), year
