-- Events of record that reports of event data sets were merged into and that may be new, changed or
-- gone, by their key.
with changed as (
    -- on the day itself
    select {{ series_of() }}, event_date as anchor_date
    from {{ ref('int_dataset_reports') }}
    where {{ is_new('load_number') }}
        and verdict = 'candidate' and not is_of_record and not is_episodic
    union
    -- episodes that gained or lost a day; the day may have been an anchor itself
    select {{ series_of() }}, event_date
    from {{ ref('int_dataset_episodes') }}
    where {{ is_new('changed_load') }}
    union
    select {{ series_of() }}, anchor_date
    from {{ ref('int_dataset_episodes') }}
    where {{ is_new('changed_load') }}
)

select * from changed
union
-- a visit may become or cease to be the echo of a changed one
select {{ series_of('e') }}, e.anchor_date
from {{ ref('int_dataset_episodes') }} as e
inner join changed as c
    on {{ same_series('e', 'c') }}
    and e.anchor_date > c.anchor_date
    and e.anchor_date <= {{ add_days('c.anchor_date', var('echo_days')) }}
where e.family = 'visit'
