select
    w.hub_code, w.partner_code, w.other_code,
    h.country_name as hub_name,
    p.country_name as partner_name,
    o.country_name as other_name,
    least(w.hub_code, w.partner_code) || '-' || greatest(w.hub_code, w.partner_code)
        as partner_pair_id,
    least(w.hub_code, w.other_code) || '-' || greatest(w.hub_code, w.other_code) as other_pair_id,
    w.reason
from {{ ref('watched_hubs') }} as w
left join {{ ref('dim_countries') }} as h on w.hub_code = h.country_code
left join {{ ref('dim_countries') }} as p on w.partner_code = p.country_code
left join {{ ref('dim_countries') }} as o on w.other_code = o.country_code
