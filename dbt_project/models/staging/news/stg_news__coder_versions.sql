-- The build uses one coder (DETENTE_CODER), in one version: the pinned one, else the newest that is
-- through (DETENTE_CODER_VERSION, from detente.warehouse.fingerprint), else the one that coded last.
with versions as (
    select
        coder_name,
        coder_version,
        max(coded_at) as last_coded_at
    from {{ source('ops', 'coded_revisions') }}
    group by coder_name, coder_version
),

ranked as (
    select
        *,
        row_number() over (
            partition by coder_name
            order by
                case when false
                {%- for name, version in var('coder_versions').items() %}
                    or (coder_name = '{{ name }}' and coder_version = '{{ version }}')
                {%- endfor %} then 0 else 1 end,
                case
                    when coder_version = '{{ env_var("DETENTE_CODER_VERSION", "") }}' then 0 else 1
                end,
                last_coded_at desc, coder_version desc
        ) as preference
    from versions
)

select
    coder_name,
    coder_version,
    last_coded_at,
    preference = 1 and coder_name = '{{ env_var("DETENTE_CODER", "rules") }}' as is_current
from ranked
