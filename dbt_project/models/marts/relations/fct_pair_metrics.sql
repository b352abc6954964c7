-- M2, M4, M8, M11 of a pair, week by week, each with its interval. A view: it follows from a few rows
-- of the pair, and every new event changes the exposure of all pairs of its data set.
{{ config(materialized='view') }}
{%- set z = var('z') %}
with exposed as (
    select c.*, coalesce(e.document_count, d.event_count, 0) as document_count
    from {{ ref('int_pair_counts') }} as c
    left join {{ ref('int_pair_exposure') }} as e
        on c.dataset = e.dataset and c.pair_id = e.pair_id and c.week_start = e.week_start
    left join {{ ref('int_dataset_totals') }} as d
        on c.dataset = d.dataset and c.week_start = d.week_start
),

windowed as (
    select
        *,
        document_count / 1000.0 as exposure,
        sum(document_count) over (
            partition by dataset, pair_id order by t
            rows between {{ var('rate_weeks') - 1 }} preceding and current row
        ) / 1000.0 as exposure_13,
        c13 + k13 as n13,
        (c13 + k13) / phi as n_eff
    from exposed
),

-- Wilson's centre and half-width of C / (C + K) on n / phi; 0 of 0 is 1/2 -/+ 1/2
net as (
    select
        *,
        (c13 / phi + {{ z * z / 2 }}) / (n_eff + {{ z * z }}) as centre,
        {{ z }} * sqrt(
            case when n13 > 0 then cast(c13 * k13 as double) / n13 / phi else 0 end + {{ z * z / 4 }}
        ) / (n_eff + {{ z * z }}) as half_width
    from windowed
),

surprises as (
    select
        *,
        case when baseline_weeks >= {{ var('rate_weeks') }}
            then 2 * (sqrt(c + 0.375) - sqrt(c_mean + 0.375)) / sqrt(phi)
        end as c_surprise,
        case when baseline_weeks >= {{ var('rate_weeks') }}
            then 2 * (sqrt(k + 0.375) - sqrt(k_mean + 0.375)) / sqrt(phi)
        end as k_surprise
    from net
)

select
    s.dataset,
    s.pair_id,
    s.week_start,
    cast(s.document_count as bigint) as document_count,
    cast(s.exposure as double) as exposure,
    {%- for name, count in [('cooperation', 's.c13'), ('conflict', 's.k13')] %}
    cast({{ count }} / nullif(s.exposure_13, 0) as double) as {{ name }}_rate,
    cast(
        power(greatest(0, sqrt({{ count }} + 0.375) - {{ z / 2 }} * sqrt(s.phi)), 2)
        / nullif(s.exposure_13, 0) as double
    ) as {{ name }}_rate_lo,
    cast(
        power(sqrt({{ count }} + 0.375) + {{ z / 2 }} * sqrt(s.phi), 2)
        / nullif(s.exposure_13, 0) as double
    ) as {{ name }}_rate_hi,
    {%- endfor %}
    cast(s.phi as double) as count_phi,
    cast(case when s.n13 > 0 then cast(s.c13 - s.k13 as double) / s.n13 else 0 end as double)
        as net_cooperation_ratio,
    cast(2 * greatest(0, s.centre - s.half_width) - 1 as double) as net_cooperation_lo,
    cast(2 * least(1, s.centre + s.half_width) - 1 as double) as net_cooperation_hi,
    cast(s.c_surprise as double) as cooperation_surprise,
    cast(s.k_surprise as double) as conflict_surprise,
    coalesce(
        abs(s.c_surprise) > {{ var('surprise_limit') }}
        or abs(s.k_surprise) > {{ var('surprise_limit') }}, false
    ) as is_surprise,
    cast(m.source_mix as double) as source_mix,
    cast(m.largest_origin_share as double) as largest_origin_share,
    cast(m.state_media_share as double) as state_media_share
from surprises as s
left join {{ ref('int_source_mix') }} as m
    on s.dataset = m.dataset and s.pair_id = m.pair_id and s.week_start = m.week_start
