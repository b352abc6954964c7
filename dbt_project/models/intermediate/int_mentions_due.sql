-- The mentions that this build puts together into events: those of touched pairs.
{{ config(materialized='view') }}
select m.*
from {{ ref('int_mentions_judged') }} as m
semi join {{ ref('int_touched_news_pairs') }} as p
    on m.dataset = p.dataset and m.pair_id = p.pair_id
