-- M2 by year for watched hubs, on all sources and on the year's fixed panel, per 1,000 documents
-- that name the hub ('hub') or either country ('either'). War coverage inflates 'either' for a
-- country at war; a new source inflates 'all sources'.
{%- set z = var('z') %}
with ties as (
    select hub_code, partner_code, partner_pair_id as pair_id from {{ ref('dim_hubs') }}
    union
    select hub_code, other_code, other_pair_id from {{ ref('dim_hubs') }}
),

panels as (
    select dataset, year, panel, count(*) as source_count
    from {{ ref('int_panels') }}
    group by dataset, year, panel
),

countries as (
    select p.dataset, p.year, p.panel, d.country_code, sum(d.document_count) as document_count
    from {{ ref('int_country_documents') }} as d
    inner join {{ ref('int_panels') }} as p
        on d.dataset = p.dataset and d.publisher = p.publisher
        and {{ iso_year('d.week_start') }} = p.year
    group by p.dataset, p.year, p.panel, d.country_code
),

pairs as (
    select p.dataset, p.year, p.panel, d.pair_id, sum(d.document_count) as document_count
    from {{ ref('int_pair_documents') }} as d
    inner join {{ ref('int_panels') }} as p
        on d.dataset = p.dataset and d.publisher = p.publisher
        and {{ iso_year('d.week_start') }} = p.year
    group by p.dataset, p.year, p.panel, d.pair_id
),

told as (
    select distinct p.dataset, p.year, p.panel, o.pair_id, o.event_id
    from {{ ref('int_event_origins') }} as o
    semi join ties as h on o.pair_id = h.pair_id
    inner join {{ ref('int_panels') }} as p
        on o.dataset = p.dataset and o.publisher = p.publisher
        and {{ iso_year('o.week_start') }} = p.year
),

counted as (
    select
        t.dataset, t.year, t.panel, t.pair_id,
        count_if(e.is_cooperative) as c,
        count_if(e.quad_class >= 3) as k
    from told as t
    inner join {{ ref('fct_events') }} as e
        on t.dataset = e.dataset and t.pair_id = e.pair_id and t.event_id = e.event_id
    group by t.dataset, t.year, t.panel, t.pair_id
),

-- data sets: all events of the year, and as large a part of them as the panel has of what their
-- origins told (counting the panel's events themselves would read all of the history every time)
years as (
    select dataset, {{ iso_year('week_start') }} as year, sum(event_count) as event_count
    from {{ ref('int_dataset_totals') }}
    group by all
),

origin_years as (
    select
        dataset, {{ iso_year('week_start') }} as year, origin_id,
        sum(event_count) as told_count
    from {{ ref('int_origin_weeks') }}
    group by all
),

told_years as (
    select dataset, year, sum(told_count) as told_count from origin_years group by dataset, year
),

all_events as (
    select
        o.dataset, o.year, p.panel,
        round(max(y.event_count) * cast(sum(o.told_count) as double) / max(t.told_count))
            as event_count
    from origin_years as o
    inner join {{ ref('int_panels') }} as p
        on o.dataset = p.dataset and o.year = p.year and o.origin_id = p.publisher
    inner join years as y on o.dataset = y.dataset and o.year = y.year
    inner join told_years as t on o.dataset = t.dataset and o.year = t.year
    group by o.dataset, o.year, p.panel
),

dispersion as (
    select
        dataset, pair_id, {{ iso_year('week_start') }} as year,
        max_by(phi, week_start) as phi
    from {{ ref('int_pair_counts') }}
    group by all
),

with_documents as (
    select distinct dataset from {{ ref('stg_news__documents') }}
),

bases as (
    select 'hub' as exposure_of
    union all
    select 'either'
),

exposed as (
    select
        p.dataset, t.hub_code, t.partner_code, t.pair_id, p.year, p.panel, b.exposure_of,
        p.source_count,
        case
            when n.dataset is null then coalesce(a.event_count, 0)
            when b.exposure_of = 'hub' then coalesce(h.document_count, 0)
            else coalesce(h.document_count, 0) + coalesce(q.document_count, 0)
                - coalesce(m.document_count, 0)
        end as document_count
    from panels as p
    cross join ties as t
    cross join bases as b
    left join with_documents as n on p.dataset = n.dataset
    left join countries as h
        on p.dataset = h.dataset and p.year = h.year and p.panel = h.panel
        and t.hub_code = h.country_code
    left join countries as q
        on p.dataset = q.dataset and p.year = q.year and p.panel = q.panel
        and t.partner_code = q.country_code
    left join pairs as m
        on p.dataset = m.dataset and p.year = m.year and p.panel = m.panel
        and t.pair_id = m.pair_id
    left join all_events as a
        on p.dataset = a.dataset and p.year = a.year and p.panel = a.panel
),

joined as (
    select
        x.*,
        x.document_count / 1000.0 as exposure,
        coalesce(c.c, 0) as c,
        coalesce(c.k, 0) as k,
        coalesce(d.phi, {{ var('share_phi') }}) as phi
    from exposed as x
    left join counted as c
        on x.dataset = c.dataset and x.year = c.year and x.panel = c.panel and x.pair_id = c.pair_id
    left join dispersion as d
        on x.dataset = d.dataset and x.year = d.year and x.pair_id = d.pair_id
)

select
    dataset,
    hub_code,
    partner_code,
    cast(year as integer) as year,
    panel,
    exposure_of,
    cast(source_count as bigint) as source_count,
    cast(document_count as bigint) as document_count,
    cast(c as bigint) as cooperation_count,
    cast(k as bigint) as conflict_count,
    cast(phi as double) as count_phi,
    {%- for name, count in [('cooperation', 'c'), ('conflict', 'k')] %}
    cast({{ count }} / nullif(exposure, 0) as double) as {{ name }}_rate,
    cast(
        power(greatest(0, sqrt({{ count }} + 0.375) - {{ z / 2 }} * sqrt(phi)), 2)
        / nullif(exposure, 0) as double
    ) as {{ name }}_rate_lo,
    cast(
        power(sqrt({{ count }} + 0.375) + {{ z / 2 }} * sqrt(phi), 2)
        / nullif(exposure, 0) as double
    ) as {{ name }}_rate_hi
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from joined
where document_count > 0
