{#-
  Table functions for ad-hoc SQL, DuckDB's own, in schema main: created at the end of every build so
  that `select * from tilt('PRK', ['CHN', 'RUS'])` resolves in the published file.
-#}
{% macro create_table_functions() %}
{% if execute and target.name == 'duckdb' and flags.WHICH in ('build', 'run', 'run-operation') %}
{% set h = var('half_life_weeks') %}
{% set p0 = var('prior_precision') %}
{% set mu0 = var('prior_mean_detente') %}
{% set statements %}
create or replace macro main.pair_weeks(a, b) as table
select w.*, t.warmth, t.warmth_lo, t.warmth_hi, t.prior_share, t.evidence_level
from marts.fct_pair_weeks as w
left join marts.fct_pair_warmth as t
    on w.dataset = t.dataset and w.pair_id = t.pair_id and w.week_start = t.week_start
    and t.scale = 'detente' and t.acts = 'all'
where w.pair_id = least(a, b) || '-' || greatest(a, b);

create or replace macro main.drivers(a, b, week, dataset_name := 'news') as table
with at_week as (
    select week_index, weight_sum
    from marts.fct_pair_warmth
    where
        pair_id = least(a, b) || '-' || greatest(a, b) and dataset = dataset_name
        and week_start = date_trunc('week', cast(week as date))::date
        and scale = 'detente' and acts = 'all'
)
select
    d.event_id,
    d.week_start,
    power(2, -(s.week_index - d.week_index) / {{ h }}.0) * d.part / (s.weight_sum + {{ p0 }})
        as contribution
from marts.fct_event_drivers as d
cross join at_week as s
where
    d.pair_id = least(a, b) || '-' || greatest(a, b) and d.dataset = dataset_name
    and d.scale = 'detente' and d.week_index <= s.week_index
union all
select null, null, {{ p0 }} * {{ mu0 }} / (weight_sum + {{ p0 }}) from at_week;

create or replace macro main.evidence_for(a, b, week, dataset_name := 'news') as table
select e.event_id, e.event_date_start, e.event_type, e.event_mode, m.report_id, m.outcome,
    m.status, m.sentence, m.attribution_kind, m.attribution_name, d.publisher, d.title,
    d.canonical_url, d.published_at
from marts.fct_events as e
inner join marts.fct_event_mentions as m on e.event_id = m.event_id and e.dataset = m.dataset
left join marts.dim_documents as d on m.document_id = d.document_id
where
    e.pair_id = least(a, b) || '-' || greatest(a, b) and e.dataset = dataset_name
    and e.week_start = date_trunc('week', cast(week as date))::date;

create or replace macro main.tilt(hub, partners, dataset_name := null) as table
with cooperative as (
    select
        dataset,
        year(event_date_start) as year,
        case when source_code = hub then target_code else source_code end as partner_code
    from marts.fct_events
    where
        is_scored and is_cooperative and hub in (source_code, target_code)
        and (dataset_name is null or dataset = dataset_name)
),
counted as (
    select dataset, year, partner_code, count(*) as k
    from cooperative
    where list_contains(partners, partner_code)
    group by all
)
select
    dataset, year, partner_code, k,
    sum(k) over (partition by dataset, year) as n,
    k / sum(k) over (partition by dataset, year) as share_raw
from counted;
{% endset %}
{% for statement in statements.split(';\n') if statement | trim %}
{% do run_query(statement) %}
{% endfor %}
{% endif %}
{% endmacro %}
