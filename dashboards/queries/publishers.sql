-- One row per publisher of the data set.
select
    publisher, any_value(publisher_country_code) as country_code,
    bool_or(is_state_controlled) as is_state_controlled,
    count(*) as document_count,
    count(*) filter (where duplicate_level <> 'none') as duplicate_count,
    sum(mention_count) as mention_count,
    sum(event_count) as event_count,
    min(published_at)::date as first_date,
    max(published_at)::date as last_date
from marts.dim_documents
where dataset = $dataset
group by publisher
order by document_count desc, publisher
limit 200
