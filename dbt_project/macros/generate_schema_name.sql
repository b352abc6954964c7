{% macro generate_schema_name(custom_schema_name, node) -%}
  {#- Schemas bear the layer's own name (staging, intermediate, marts), whatever the target. -#}
  {{ custom_schema_name or target.schema }}
{%- endmacro %}
