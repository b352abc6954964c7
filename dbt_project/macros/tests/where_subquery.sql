{#- dbt's own, with the `as` that our linter asks for. -#}
{% macro default__get_where_subquery(relation) -%}
{%- set where = config.get('where') -%}
{%- if where -%}
(select * from {{ relation }} where {{ where }}) as dbt_subquery
{%- else -%}
{{ relation }}
{%- endif -%}
{%- endmacro %}
