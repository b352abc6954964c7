-- Why sentences with two countries yield no event, by reason.
select reason, count(*) as sentence_count
from marts.fct_uncoded_sentences
where dataset = $dataset
group by reason
order by sentence_count desc
