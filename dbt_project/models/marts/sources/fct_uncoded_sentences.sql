select
    revision_id, document_id, dataset, sentence_number, sentence, country_codes, candidate_predicate,
    reason, published_date
from {{ ref('stg_news__uncoded_sentences') }}
where is_latest
