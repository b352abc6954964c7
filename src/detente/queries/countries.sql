-- One row per country that a pair or event names.
select country_code, country_name
from marts.dim_countries
order by country_code
