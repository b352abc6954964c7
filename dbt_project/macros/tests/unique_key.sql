{#-
  Rows whose key is not whole, and keys that more than one row has. Numbers are grouped first, and only
  rows whose number another has are compared by their key: grouping keys themselves took four times
  as long and a hundred bytes a row.
-#}
{% test unique_key(model, columns) %}
{%- set key = columns | join(', ') %}
with suspects as (
    select {{ row_hash(columns) }} as key_hash
    from {{ model }}
    group by {{ row_hash(columns) }}
    having count(*) > 1
)

select {{ key }}, count(*) as row_count
from {{ model }}
where {{ row_hash(columns) }} in (select key_hash from suspects)
group by {{ key }}
having count(*) > 1
union all
select {{ key }}, 1
from {{ model }}
where {% for column in columns -%}
    {{ column }} is null {%- if not loop.last %} or {% endif %}
{%- endfor %}
{% endtest %}
