-- One row per watched comparison and specification.
select *
from marts.fct_specifications
where
    dataset = $dataset and hub_code = $hub
    and partner_code in (select unnest($partners)) and other_code in (select unnest($partners))
qualify row_number() over (
    partition by partner_code, other_code, specification order by to_week desc
) = 1
order by partner_code, other_code, (specification = 'headline') desc, specification
