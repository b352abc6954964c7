{#- Rows for which a condition is false; NULL is not false. -#}
{% test holds(model, conditions) %}
select *
from {{ model }}
where not (
    {%- for condition in conditions %}
    coalesce({{ condition }}, true) {%- if not loop.last %} and {% endif %}
    {%- endfor %}
)
{% endtest %}
