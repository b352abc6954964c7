"""Brief: what the numbers say this morning, with their limits beside them."""

from __future__ import annotations

import streamlit as st

from components.frame import choose, download, plain
from components.snapshot import read
from detente import verdict

choice = choose()
first, second = choice.pairs
about = {"dataset": choice.dataset}
st.title(f"Is {choice.name(choice.hub)} moving from {choice.name(choice.other)} to "
         f"{choice.name(choice.partner)}?")  # fmt: skip

years = read(
    choice.path,
    "comparison_years",
    **about,
    hub=choice.hub,
    partner=choice.partner,
    other=choice.other,
)
weeks = read(choice.path, "pair_warmth", **about, first=first, second=second)
shifts = read(choice.path, "pair_shifts", **about, first=first, second=second)
readiness = read(choice.path, "pair_readiness", **about, first=first, second=second)
rows = years.to_dict("records")
changes = read(
    choice.path,
    "comparison_change",
    **about,
    hub=choice.hub,
    partner=choice.partner,
    other=choice.other,
).to_dict("records")
st.subheader("Verdict")
st.write(
    plain(
        verdict.share_verdict(
            choice.name(choice.hub),
            choice.name(choice.partner),
            choice.name(choice.other),
            shift=None,
            change=changes[0] if changes else None,
            years=rows,
        )
    )
)
for pair, code in ((first, choice.partner), (second, choice.other)):
    state = weeks[weeks["pair_id"] == pair].to_dict("records")
    ready = readiness[readiness["pair_id"] == pair].to_dict("records")
    alarms = shifts[(shifts["pair_id"] == pair) & (shifts["status"] == "standing")]
    st.write(
        plain(
            verdict.warmth_verdict(
                choice.name(choice.hub),
                choice.name(code),
                state=state[-1] if state else None,
                readiness=ready[0] if ready else None,
                shift=alarms.to_dict("records")[0] if len(alarms) else None,
            )
        )
    )

st.subheader(f"Cooperative acts with {choice.name(choice.partner)} (k) of those with both (n)")
if years.empty:
    st.write("Not enough data: no cooperative act with either is on record.")
else:
    table = years.rename(columns={"share_raw": "share", "share_lo": "90 % from", "share_hi": "90 % to",
                                  "evidence_level": "evidence"})  # fmt: skip
    st.dataframe(table.round(2), hide_index=True, width="stretch")
    download(choice, "share-years", years)

st.subheader("Shifts")
standing = shifts[shifts["status"] == "standing"]
if standing.empty:
    for row in readiness.to_dict("records"):
        detect = row["smallest_detectable"]
        limit = f"; smallest detectable here: {detect:.1f} points" if detect == detect else ""
        st.write(
            plain(
                f"{row['pair_id']}: no shift detected ({row['verdict']}, "
                f"{row['events_per_week']:.2f} events a week{limit})."
            )
        )
for row in standing.to_dict("records"):
    st.write(plain(f"{verdict.shift_title(row, choice.names)}. {verdict.shift_reason(row)}"))

st.subheader("Watch list")
watch = read(choice.path, "pair_watch", **about, first=first, second=second)
if watch.empty:
    st.write("No announced or rumoured act is on record.")
else:
    st.dataframe(watch.head(12), hide_index=True, width="stretch")

st.subheader("Why this may be wrong")
st.write(
    "Events are found by rules in texts: some are missed and some are misread; a share counts acts, "
    "not their size; what no source in the set reported is not here. Every number leads to its "
    "sentences under Evidence."
)
