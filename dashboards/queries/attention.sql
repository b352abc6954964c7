-- One row per partner of the hub: latest observed against expected engagement (M9).
select
    partner_code, week_start, event_count_26w, country_event_count_26w, attention_share,
    attention_lo, attention_hi, effective_partners, expected_count, observed_expected
from marts.fct_country_attention
where dataset = $dataset and country_code = $hub and week_start <= $end
qualify row_number() over (partition by partner_code order by week_start desc) = 1
order by attention_share desc nulls last
