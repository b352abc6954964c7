-- One row per opinion about the pairs in the window, once per story.
select
    assessment_id, pair_id, published_date, week_start, assess_kind, direction, tone, polarity,
    speaker_kind, speaker_name, speaker_country_code, speaker_bloc, document_id, sentence
from marts.fct_pair_assessments
where
    dataset = $dataset and pair_id in (select unnest($pairs)) and is_first_of_story
    and week_start between $start and $end
order by published_date desc, assessment_id
