with met as (
    select distinct pair_id, least(source_code, target_code) as a, greatest(source_code, target_code) as b
    from {{ ref('fct_pair_days') }}
    union
    select pair_id, split_part(pair_id, '-', 1), split_part(pair_id, '-', 2)
    from {{ ref('fct_pair_assessments') }}
    where pair_id not like '%IGO-%'
),

watched as (
    select partner_pair_id as pair_id from {{ ref('dim_hubs') }}
    union
    select other_pair_id from {{ ref('dim_hubs') }}
)

select
    m.pair_id, m.a as country_a_code, m.b as country_b_code,
    coalesce(ca.country_name, m.a) as country_a_name,
    coalesce(cb.country_name, m.b) as country_b_name,
    w.pair_id is not null as is_watched
from met as m
left join {{ ref('dim_countries') }} as ca on m.a = ca.country_code
left join {{ ref('dim_countries') }} as cb on m.b = cb.country_code
left join watched as w on m.pair_id = w.pair_id
