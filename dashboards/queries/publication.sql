-- One row: what the build rests on.
select built_at, as_of, parameters, project_version
from marts.dim_publication
