-- One row: the version that is open, and what it rests on.
select version, published_at, coder_version
from ops.publications
order by published_at desc
limit 1
