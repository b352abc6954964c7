{% macro known_by_then(column) -%}
  {#- The cut of an `as_of` build: what became known later does not exist. -#}
  {%- if var('as_of') -%} {{ column }} <= cast('{{ var("as_of") }}' as timestamp) {%- else -%} true {%- endif -%}
{%- endmacro %}
