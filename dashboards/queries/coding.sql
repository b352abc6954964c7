-- One row per coder version.
select *
from marts.fct_coding_coverage
where dataset = $dataset
order by is_current desc, coder_name, coder_version
