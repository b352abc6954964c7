with named as (
    select source_code as country_code from {{ ref('fct_pair_days') }}
    union
    select target_code from {{ ref('fct_pair_days') }}
    union
    select hub_code from {{ ref('watched_hubs') }}
    union
    select partner_code from {{ ref('watched_hubs') }}
    union
    select other_code from {{ ref('watched_hubs') }}
    union
    select split_part(pair_id, '-', 1) from {{ ref('fct_pair_assessments') }} where pair_id not like '%IGO-%'
    union
    select split_part(pair_id, '-', 2) from {{ ref('fct_pair_assessments') }} where pair_id not like '%IGO-%'
)

select
    n.country_code,
    coalesce(c.name, n.country_code) as country_name,
    n.country_code not like 'IGO-%' as is_state
from named as n
left join {{ ref('countries') }} as c on n.country_code = c.country_code
where n.country_code is not null
