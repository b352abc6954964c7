-- One row per state with a pair in the data set; watched hubs first, then by name.
with coded as (
    select distinct pair_id from marts.fct_pair_warmth where dataset = $dataset
),
sides as (
    select unnest(split(pair_id, '-')) as country_code from coded
)
select
    s.country_code,
    any_value(c.country_name) as country_name,
    bool_or(h.hub_code is not null) as is_watched
from sides as s
inner join marts.dim_countries as c on s.country_code = c.country_code and c.is_state
left join marts.dim_hubs as h on s.country_code = h.hub_code
group by s.country_code
order by is_watched desc, country_name
