-- Opinions about a tie: a series of their own, by who holds them.
select
    report_id as assessment_id,
    dataset,
    pair_id,
    {{ monday('published_date') }} as week_start,
    published_date,
    event_date,
    event_mode as assess_kind,
    assess_direction as direction,
    cast(case when polarity = 'negated' then -1 else 1 end * case
        when assess_direction in ('warming', 'close') then 1
        when assess_direction in ('cooling', 'strained') then -1
        else 0
    end as integer) as tone,
    attribution_kind as speaker_kind,
    attribution_name as speaker_name,
    attribution_country_code as speaker_country_code,
    case
        when attribution_kind = 'outlet' then 'outlet'
        when attribution_country_code = least(source_code, target_code) then 'party_a'
        when attribution_country_code = greatest(source_code, target_code) then 'party_b'
        when attribution_country_code is not null then 'third country'
        else 'unknown'
    end as speaker_bloc,
    polarity,
    story_id,
    document_id,
    known_at,
    sentence,
    row_number() over (
        partition by dataset, story_id, pair_id, assess_direction order by known_at, report_id
    ) = 1 as is_first_of_story
from {{ ref('int_mentions_judged') }}
where verdict = 'assessment'
