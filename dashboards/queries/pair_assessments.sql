-- One row per assessment of the pairs: opinions, never scored.
select pair_id, published_date, assess_kind, direction, speaker_kind, speaker_name, sentence
from marts.fct_pair_assessments
where dataset = $dataset and pair_id in ($first, $second) and is_first_of_story
order by published_date desc
