{#-
  What an increment makes anew (docs/decisions/0005). `ops.builds` says up to which load number the
  marts follow; the models int_touched_* say what the loads after it may change; every incremental
  model replaces the rows that its predicate finds in them.
-#}

{#- The newest load that the marts follow from; 0 where they follow from none. -#}
{% macro built_until() -%}
  {%- set builds = ref('stg_ops__builds') -%}
  {%- if execute and load_relation(builds) is not none -%}
    {{ return(run_query(
        "select coalesce(max(load_number), 0) from " ~ builds
    ).columns[0].values()[0]) }}
  {%- else -%}
    {{ return(0) }}
  {%- endif -%}
{%- endmacro %}

{#- The condition of rows that are new to this build. A full refresh has none: it reads everything. -#}
{% macro is_new(column) -%}
  {#- asked first, whatever the flag: dbt keeps what it has seen here for the builds after this one -#}
  {%- set until = built_until() -%}
  {%- if flags.FULL_REFRESH -%} false {%- else -%} {{ column }} > {{ until }} {%- endif -%}
{%- endmacro %}

{#- What a changed row is stamped with: newer than all that is built, and never new after a full refresh. -#}
{% macro this_load() -%}
  {%- set until = built_until() -%}
  cast({{ 0 if flags.FULL_REFRESH else until + 1 }} as bigint)
{%- endmacro %}

{#- The condition that a row is of a pair and week that int_touched_dates (as c) names. -#}
{% macro in_touched_week(row) -%}
  {{ row }}.dataset = c.dataset and {{ row }}.pair_id = c.pair_id and {{ row }}.week_start between c.first_week and c.last_week
{%- endmacro %}

{#-
  An entry of `replaces`: the rows t of a pair that int_touched_series (as c) names, from its touched
  week on; `of`: a condition of t beside.
-#}
{% macro from_touched_week(week='week_start', pair='pair_id', of=none) -%}
  {{ return({
      'relation': 'intermediate.int_touched_series',
      'where': (of ~ ' and ' if of else '') ~ 't.dataset = c.dataset and t.' ~ pair
          ~ ' = c.pair_id and t.' ~ week ~ ' >= c.from_week',
  }) }}
{%- endmacro %}

{#- What an increment reads: rows of those weeks. ref() stands outside the if: dbt must always see it. -#}
{% macro touched_weeks_only(row) -%}
  {%- set touched = ref('int_touched_dates') -%}
  {%- if is_incremental() %}semi join {{ touched }} as c
    on {{ in_touched_week(row) }}{% endif -%}
{%- endmacro %}

{#-
  The days of data sets that an increment looks at, as a condition of its own beside the join by pair
  and day: files of data sets come in order of time, so that an engine skips what holds none of them.
  `until`: days after the end of a touched week that its events may reach to.
-#}
{% macro on_touched_days(day) -%}
  {%- set touched = ref('int_touched_dates') -%}
  {{ day }} in (select distinct d.first_date from {{ touched }} as d where not d.is_whole)
{%- endmacro %}
{% macro in_reach_of_touched_weeks(day, until) -%}
  {%- set touched = ref('int_touched_dates') -%}
  {{ day }} in (
    select distinct {{ add_days('d.first_week', 'i.n') }}
    from {{ touched }} as d cross join {{ integers(0, 6 + until) }} as i
    where not d.is_whole
  )
{%- endmacro %}

{#-
  Incremental strategy 'replace': delete what `replaces` names (a touched relation, or the new rows
  themselves where it names none, and the condition under which a row t of the model gives way for a
  row c of it; or `rows`, a condition of t alone), insert the new rows.
-#}
{% macro get_incremental_replace_sql(arguments) %}
{%- set target = arguments['target_relation'] -%}
{%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
{%- for one in config.require('meta')['replaces'] %}
{%- if 'rows' in one %}
delete from {{ target }} as t where {{ one['rows'] }};
{%- else %}
{%- set touched = target.database ~ '.' ~ one['relation'] if 'relation' in one else arguments['temp_relation'] %}
delete from {{ target }} as t using {{ touched }} as c where {{ one['where'] }};
{%- endif %}
{%- endfor %}
insert into {{ target }} ({{ columns }}) select {{ columns }} from {{ arguments['temp_relation'] }};
{% endmacro %}
