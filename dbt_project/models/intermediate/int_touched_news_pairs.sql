-- Pairs of the news whose reports may have changed. They are made anew whole: a report without a day
-- of its own attaches to events however old, and a name or a place reported later may split them.
-- A full build touches all.
-- depends_on: {{ ref('int_touched_documents') }}
select distinct p.dataset, p.pair_id
from {{ ref('stg_news__document_pairs') }} as p
{% if not flags.FULL_REFRESH -%}
semi join {{ ref('int_touched_documents') }} as d on p.document_id = d.document_id
{%- endif %}
