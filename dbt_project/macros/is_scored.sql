{% macro is_scored() -%}
  {#- Which events of record are measured: read by fct_events, and where it would be read for this alone. -#}
  confidence >= {{ var('minimum_confidence') }} and is_state_to_state and pair_id not like '%IGO-%'
{%- endmacro %}
