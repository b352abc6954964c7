{#-
  Acts of one data set, pair and family with one actor (and one cluster, where a name or a place
  parts them) make a series; an episode is a series and its anchor date. The key, in one place.
-#}
{% macro series_key() %}{{ return(['dataset', 'pair_id', 'family', 'actor_code', 'cluster']) }}{% endmacro %}

{#- The columns of the key, of relation `of` where one is named. -#}
{% macro series_of(of=none) -%}
  {%- for column in series_key() -%}
    {{ of ~ '.' if of }}{{ column }}{{ ', ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{#- The condition that rows of two relations are of one series. -#}
{% macro same_series(one, other) -%}
  {%- for column in series_key() -%}
    {{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}
  {%- endfor -%}
{%- endmacro %}
