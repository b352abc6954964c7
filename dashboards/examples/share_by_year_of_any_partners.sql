-- How the DPRK's cooperative acts divide among three partners, k of n.
from tilt('PRK', ['CHN', 'RUS', 'KOR'])
order by dataset, year, partner_code
