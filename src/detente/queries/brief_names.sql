-- One row per country.
select country_code, country_name
from marts.dim_countries
