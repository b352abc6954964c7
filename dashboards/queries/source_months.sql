-- One row per source and month of the window: documents, duplicates, uncoded share.
select
    source_id,
    date_trunc('month', published_date)::date as month,
    sum(document_count) as document_count,
    sum(duplicate_count) as duplicate_count,
    sum(mention_count) as mention_count,
    sum(sentence_count) as sentence_count,
    sum(uncoded_sentence_count) as uncoded_sentence_count
from marts.fct_source_days
where dataset = $dataset and published_date between $start and $end::date + 7
group by all
order by source_id, month
