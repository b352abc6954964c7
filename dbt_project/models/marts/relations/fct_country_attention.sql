-- M9 at the end of every quarter: where a country's events of the last 26 weeks went, how many
-- partners that is in effect, and whether the pair is closer than the attention both get explains.
{%- set z = var('z') %}
{%- set phi = var('share_phi') %}
with events as (
    select
        dataset, week_start, event_count,
        split_part(pair_id, '-', 1) as country_code,
        split_part(pair_id, '-', 2) as partner_code
    from {{ ref('int_event_weeks') }}
    union all
    select
        dataset, week_start, event_count, split_part(pair_id, '-', 2), split_part(pair_id, '-', 1)
    from {{ ref('int_event_weeks') }}
),

weeks as (
    select dataset, max(week_start) as week_start
    from {{ ref('int_spine') }}
    group by dataset, year(week_start), quarter(week_start)
),

counted as (
    select w.dataset, w.week_start, e.country_code, e.partner_code, sum(e.event_count) as n_ab
    from weeks as w
    inner join events as e
        on w.dataset = e.dataset
        and e.week_start between {{ add_days('w.week_start', -7 * (var('mix_weeks') - 1)) }}
            and w.week_start
    group by w.dataset, w.week_start, e.country_code, e.partner_code
),

margins as (
    select
        *,
        sum(n_ab) over (partition by dataset, week_start, country_code) as n_a,
        sum(n_ab) over (partition by dataset, week_start, partner_code) as n_b,
        sum(n_ab) over (partition by dataset, week_start) as n_sides,
        sum(n_ab * ln(n_ab)) over (partition by dataset, week_start, country_code) as n_ln_n
    from counted
)

select
    dataset,
    country_code,
    partner_code,
    week_start,
    cast(n_ab as bigint) as event_count_26w,
    cast(n_a as bigint) as country_event_count_26w,
    cast(n_ab as double) / n_a as attention_share,
    cast(greatest(0, (n_ab / {{ phi }} + {{ z * z / 2 }} - {{ z }} * sqrt(
        cast(n_ab * (n_a - n_ab) as double) / n_a / {{ phi }} + {{ z * z / 4 }}
    )) / (n_a / {{ phi }} + {{ z * z }})) as double) as attention_lo,
    cast(least(1, (n_ab / {{ phi }} + {{ z * z / 2 }} + {{ z }} * sqrt(
        cast(n_ab * (n_a - n_ab) as double) / n_a / {{ phi }} + {{ z * z / 4 }}
    )) / (n_a / {{ phi }} + {{ z * z }})) as double) as attention_hi,
    -- exp(-sum p ln p) with p = n / N is N exp(-sum n ln n / N)
    cast(n_a * exp(-n_ln_n / n_a) as double) as effective_partners,
    cast(cast(n_a as double) * n_b / n_sides as double) as expected_count,
    cast(cast(n_ab as double) * n_sides / (cast(n_a as double) * n_b) as double) as observed_expected
from margins
