{%- set names = ['half_life_weeks', 'tau2', 'event_variance', 'prior_mean_detente', 'prior_mean_goldstein',
  'prior_precision', 'share_half_life_weeks', 'minimum_confidence', 'max_span_days_visit',
  'max_span_days_meeting', 'disclosure_days', 'cusum_notable', 'glr_notable', 'spine_minimum_events',
  'prior_share_thin', 'prior_share_insufficient', 'z'] -%}
{%- set values = {} -%}{%- for name in names %}{% do values.update({name: var(name)}) %}{% endfor %}
select
    cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as built_at,
    cast({% if var('as_of') %}'{{ var("as_of") }}'{% else %}null{% endif %} as timestamp) as as_of,
    '{{ tojson(values) }}' as parameters,
    '0.1.0' as project_version
