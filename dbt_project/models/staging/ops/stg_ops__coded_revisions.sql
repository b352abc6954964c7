-- is_used: whose reading of a revision counts. That of the current version; where that has none (it is
-- not through, or the text is gone), that of the newest version that has one.
with readings as (
    select
        c.*,
        v.is_current,
        v.last_coded_at,
        c.coder_name = '{{ env_var("DETENTE_CODER", "rules") }}' as is_of_build
    from {{ source('ops', 'coded_revisions') }} as c
    inner join {{ ref('stg_news__coder_versions') }} as v
        on c.coder_name = v.coder_name and c.coder_version = v.coder_version
    where c.outcome <> 'text_gone'
),

not_read as (
    select
        r.revision_id,
        r.coder_name,
        r.coder_version,
        row_number() over (
            partition by r.revision_id order by r.last_coded_at desc, r.coder_version desc
        ) as preference
    from readings as r
    where
        r.is_of_build
        and not exists (
            select 1 from readings as c where c.is_current and c.revision_id = r.revision_id
        )
)

select
    r.revision_id,
    r.coder_name,
    r.coder_version,
    r.is_current,
    r.is_current or coalesce(n.preference, 0) = 1 as is_used,
    r.outcome,
    r.mention_count,
    r.sentence_count,
    r.coded_at
from readings as r
left join not_read as n
    on
        r.revision_id = n.revision_id and r.coder_name = n.coder_name
        and r.coder_version = n.coder_version
