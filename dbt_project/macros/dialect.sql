{#-
  Everything that DuckDB and Spark say differently. Models keep to the SQL that both share
  (docs/decisions/0006); tests/dbt/test_portability.py rejects DuckDB-only SQL elsewhere, and
  knows what comes from here by the comments /* dialect */ and /* end */.
-#}

{% macro monday(day) %}{{ return(adapter.dispatch('monday')(day)) }}{% endmacro %}
{% macro default__monday(day) -%}
  cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{% macro days_between(first, last) %}{{ return(adapter.dispatch('days_between')(first, last)) }}{% endmacro %}
{% macro default__days_between(first, last) -%}
  /* dialect */ date_diff('day', cast({{ first }} as date), cast({{ last }} as date)) /* end */
{%- endmacro %}
{% macro spark__days_between(first, last) -%}
  /* dialect */ datediff(cast({{ last }} as date), cast({{ first }} as date)) /* end */
{%- endmacro %}

{% macro add_days(day, count) %}{{ return(adapter.dispatch('add_days')(day, count)) }}{% endmacro %}
{% macro default__add_days(day, count) -%}
  /* dialect */ (cast({{ day }} as date) + cast({{ count }} as integer)) /* end */
{%- endmacro %}
{% macro spark__add_days(day, count) -%}
  /* dialect */ date_add(cast({{ day }} as date), cast({{ count }} as integer)) /* end */
{%- endmacro %}

{#- The number of a week since the beginning of all calendars, and back. -#}
{% macro week_index(week) -%}
  cast({{ days_between("cast('" ~ var('spine_start') ~ "' as date)", week) }} / 7 as bigint)
{%- endmacro %}
{% macro week_of(index) -%}
  {{ add_days("cast('" ~ var('spine_start') ~ "' as date)", index ~ ' * 7') }}
{%- endmacro %}

{#- The year of a week that is given by its Monday: an ISO week belongs to the year of its Thursday. -#}
{% macro iso_year(week) -%} year({{ add_days(week, 3) }}) {%- endmacro %}

{#- One row per integer from..to (a table expression with the column n). -#}
{% macro integers(first, last) %}{{ return(adapter.dispatch('integers')(first, last)) }}{% endmacro %}
{% macro default__integers(first, last) -%}
  /* dialect */ (select cast(n as bigint) as n from range({{ first }}, {{ last }} + 1) as r(n)) /* end */
{%- endmacro %}
{% macro spark__integers(first, last) -%}
  /* dialect */ (select id as n from range({{ first }}, {{ last }} + 1)) /* end */
{%- endmacro %}

{#-
  The anchors of episodes without chaining. Given a relation with (group columns, event_date), one
  row per group and anchor: the first date is an anchor, and so is every date that lies `span` days
  or more after the anchor before it. This is a fold over sorted dates; neither window functions
  nor joins can say it, and a recursive query takes one step per episode (1200 for a busy pair).
-#}
{% macro episode_anchors(relation, groups, span) %}{{ return(adapter.dispatch('episode_anchors')(relation, groups, span)) }}{% endmacro %}
{% macro default__episode_anchors(relation, groups, span) -%}
  /* dialect */
  select {{ groups | join(', ') }}, unnest(anchors) as anchor_date
  from (
    select
      {{ groups | join(', ') }},
      list_reduce(
        list_transform(list(distinct event_date order by event_date), lambda d: [d]),
        lambda anchors, d:
          case when d[1] - anchors[-1] >= {{ span }} then list_concat(anchors, d) else anchors end
      ) as anchors
    from {{ relation }}
    group by all
  ) as folded
  /* end */
{%- endmacro %}
{% macro spark__episode_anchors(relation, groups, span) -%}
  /* dialect */
  select {{ groups | join(', ') }}, explode(anchors) as anchor_date
  from (
    select
      {{ groups | join(', ') }},
      aggregate(
        array_sort(collect_set(event_date)), cast(array() as array<date>),
        (anchors, d) ->
          case when size(anchors) = 0 or datediff(d, element_at(anchors, -1)) >= {{ span }}
          then concat(anchors, array(d)) else anchors end
      ) as anchors
    from {{ relation }}
    group by all
  ) as folded
  /* end */
{%- endmacro %}

{#- The values of a group in one text, separated by commas, in an order. -#}
{% macro comma_list(value, order) %}{{ return(adapter.dispatch('comma_list')(value, order)) }}{% endmacro %}
{% macro default__comma_list(value, order) -%}
  /* dialect */ string_agg({{ value }}, ', ' order by {{ order }}) /* end */
{%- endmacro %}
{% macro spark__comma_list(value, order) -%}
  /* dialect */ listagg({{ value }}, ', ') within group (order by {{ order }}) /* end */
{%- endmacro %}

{#- The nearest whole number, of two as near the even one: a cast rounds in DuckDB and cuts in Spark. -#}
{% macro rounded(value) %}{{ return(adapter.dispatch('rounded')(value)) }}{% endmacro %}
{% macro default__rounded(value) -%} cast({{ value }} as bigint) {%- endmacro %}
{% macro spark__rounded(value) -%} /* dialect */ cast(rint({{ value }}) as bigint) /* end */ {%- endmacro %}

{#-
  How Spark is told what the models say. Two things that mean the same in form and another in value
  are put into its words outside comments and literals: a number with a point is a decimal there,
  which a division cuts to six digits (in DuckDB it is a double), and varchar wants a length.
-#}
{% macro in_spark_words(sql) -%}
  {%- set words = [] -%}
  {%- for part in modules.re.split("(--[^\n]*|'(?:[^']|'')*')", sql) -%}
    {%- if loop.index0 % 2 == 0 -%}
      {%- set part = modules.re.sub('(?<![\\w.])(\\d+\\.\\d+)(?![\\w.])', '\\1e0', part) -%}
      {%- do words.append(modules.re.sub('\\bvarchar\\b(?!\\s*\\()', 'string', part)) -%}
    {%- else -%}
      {%- do words.append(part) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(words | join('')) }}
{%- endmacro %}

{% macro spark__create_table_as(temporary, relation, compiled_code, language='sql') -%}
  {{ dbt.spark__create_table_as(temporary, relation, in_spark_words(compiled_code), language) }}
{%- endmacro %}

{% macro spark__create_view_as(relation, sql) -%}
  {{ dbt.spark__create_view_as(relation, in_spark_words(sql)) }}
{%- endmacro %}

{% macro spark__get_empty_schema_sql(columns) -%}
  {{ return(in_spark_words(dbt.default__get_empty_schema_sql(columns))) }}
{%- endmacro %}

{#-
  Increments on Spark, whose Parquet tables know no delete: the rows that stay and the new ones
  become the next table, which takes the place of the old one. What is computed is what an increment
  computes on DuckDB; what is written is the whole table. Killed between drop and rename, the model
  is made anew by the next build.
-#}
{% materialization incremental, adapter='spark' -%}
  {%- set existing = load_relation(this) -%}
  {{ run_hooks(pre_hooks) }}
  {%- if existing is none or existing.is_view or should_full_refresh() -%}
    {%- if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif -%}
    {%- call statement('main') -%}{{ create_table_as(False, this, compiled_code) }}{%- endcall -%}
  {%- else -%}
    {%- set incoming = this.identifier ~ '__incoming' -%}
    {%- set next = this.incorporate(path={'identifier': this.identifier ~ '__next'}) -%}
    {%- set names = adapter.get_columns_in_relation(this) | map(attribute='quoted') | list -%}
    {%- do run_query('create or replace temporary view ' ~ incoming ~ ' as ' ~ in_spark_words(compiled_code)) -%}
    {%- do run_query('drop table if exists ' ~ next) -%}
    {%- call statement('main') -%}
create table {{ next }} using parquet as
select {% for name in names %}t.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
from {{ this }} as t
{%- set replaces = config.get('meta', {}).get('replaces', []) %}
{%- for one in replaces if 'where' in one %}
left anti join {{ one.get('relation', incoming) }} as c on {{ one['where'] }}
{%- endfor %}
where true
{%- for one in replaces if 'rows' in one %} and not coalesce({{ one['rows'] }}, false){% endfor %}
union all
select {{ names | join(', ') }} from {{ incoming }}
    {%- endcall -%}
    {%- do run_query('drop table ' ~ this) -%}
    {%- do run_query('alter table ' ~ next ~ ' rename to ' ~ this) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks) }}
  {{ return({'relations': [this]}) }}
{%- endmaterialization %}

{#- A 64-bit number that follows from values: keys are looked for by it, an eighth of their size. -#}
{% macro row_hash(values) %}{{ return(adapter.dispatch('row_hash')(values)) }}{% endmacro %}
{% macro default__row_hash(values) -%} /* dialect */ hash({{ values | join(', ') }}) /* end */ {%- endmacro %}
{% macro spark__row_hash(values) -%} /* dialect */ xxhash64({{ values | join(', ') }}) /* end */ {%- endmacro %}
