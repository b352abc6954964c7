"""The axes of an act, and the words that move them: futures, doubts, plans, conditions, demands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.model import Polarity, Realis, Temporality

_RANK = {"actual": 0, "announced": 1, "possible": 2, "hypothetical": 3}


@dataclass(frozen=True, slots=True)
class Axes:
    """The three axes of an act, and how far it is from the sentence's main clause."""

    realis: Realis = "actual"
    temporality: Temporality = "past"
    polarity: Polarity = "affirmed"
    is_main_clause: bool = True
    is_blocked: bool = False

    def weaken(self, realis: Realis) -> Axes:
        """Return the axes with a realis at least as weak as this one."""
        return self if _RANK[self.realis] >= _RANK[realis] else replace(self, realis=realis)


FUTURE = frozenset({"will", "shall", "'ll", "\u2019ll", "wo"})
POSSIBLE = frozenset({"may", "might", "could", "can", "should", "must", "ought"})
IRREALIS_MARKS = frozenset({"if", "unless", "whether", "lest", "should"})
NEGATIVES = frozenset({"never", "no", "nor", "neither", "hardly", "without"})
POSSIBLE_ADVERBS = frozenset({"possibly", "perhaps", "maybe", "probably", "likely", "potentially"})
ANNOUNCED_ADJECTIVES = frozenset(
    "planned upcoming forthcoming scheduled coming future expected intended announced agreed "
    "next impending imminent prospective anticipated forthcoming".split()
)
POSSIBLE_ADJECTIVES = frozenset(
    "possible potential likely proposed rumoured rumored mooted suggested unlikely "
    "hypothetical would-be eventual feared".split()
)
CANCELLED_ADJECTIVES = frozenset(
    "cancelled canceled aborted scrapped postponed delayed failed".split()
)
STANDING = frozenset(
    "be remain belong adhere subscribe keep maintain apply enforce occupy shelter harbour harbor "
    "finance subsidise subsidize supply patrol forbid".split()
)
"""Verbs whose present tense is a state that lasts ('is party to the sanctions')."""

OPEN_VERBS = frozenset(
    "hope expect wish want doubt suspect believe think suggest speculate predict fear assume imagine "
    "forecast anticipate consider hint envisage worry bet guess sound".split()
)
"""Verbs of opinion and hope: what they embed is possible, not actual."""

IMAGINED = frozenset("imagine suppose depict envisage picture simulate envision posit".split())
SCENARIOS = frozenset("scenario hypothesis possibility prospect eventuality case event".split())
PLANNERS = frozenset("plan await prepare schedule arrange approach".split())
SET_UP = PLANNERS | frozenset("confirm expect set fix announce agree pencil slate envisage".split())
"""What is done to a visit or a meeting that is still to come ('the visit has been confirmed')."""

FLOATED = frozenset("discuss consider propose mull rumour rumor float suggest moot debate".split())
CALLED_OFF = frozenset(
    "cancel postpone scrap abort shelve suspend delay block prevent veto".split()
)
LIKELY = frozenset(
    "possible likely unlikely probable improbable conceivable plausible uncertain doubtful "
    "impossible unthinkable inevitable".split()
)
TIMES = frozenset({"during", "after", "following", "since", "amid", "despite"})
"""Prepositions that date or frame a clause by an act that is taken for granted."""

KEEPING = frozenset({"continue", "keep", "remain"})
EFFORTS = frozenset({"work", "fight", "strive", "struggle", "move"})
"""Of these a perfect ('has worked to support') tells what was done."""

PROMISES = frozenset(
    {
        "announce",
        "sign",
        "agree",
        "pledge",
        "approve",
        "unveil",
        "conclude",
        "broker",
        "negotiate",
        "reach",
        "strike",
    }
)
OCCASIONS = frozenset("opportunity chance pleasure honor honour privilege occasion".split())
PHASES = frozenset({"begin", "start", "open", "resume", "continue", "end", "go", "come"})
"""Of these an infinitive may be the aim ('a summit begins to restart talks')."""

POSSIBLE_NOUNS = frozenset({"option", "possibility", "idea", "prospect", "question"})
COMING = frozenset(
    "deployment dispatch redeployment withdrawal pullout visit trip tour summit meeting talk "
    "resumption shipment delivery drill exercise evacuation".split()
)
"""What is announced as a noun lies ahead ('announced the deployment of troops')."""

CERTAIN = frozenset("imminent due certain inevitable forthcoming planned near scheduled".split())
WEIGHED = frozenset("weigh consider mull debate discuss ponder study decide contemplate".split())
COMPELLED = frozenset("force compel oblige allow enable permit lead prompt drive move".split())
ERRANDS = frozenset(
    "fly travel visit arrive meet gather call phone come speak go summon return sit write "
    "convene assemble stop land reach join hurry rush".split()
)
"""Verbs whose purpose is taken as done when they are ('flew to Doha to thank Qatar')."""

PLAN_NOUNS = frozenset(
    "plan preparation proposal offer intention readiness willingness agreement arrangement "
    "invitation decision commitment promise pledge vow date schedule".split()
)
OPEN_NOUNS = frozenset(
    "possibility prospect chance idea hope likelihood rumour rumor speculation talk fear "
    "expectation question risk danger attempt bid effort order threat way goal aim objective "
    "encouragement need desire ambition dream pretext interest door precondition condition prerequisite option".split()
)
DEMAND_NOUNS = frozenset("call request demand appeal plea pressure refusal right ability".split())
ORDINALS = frozenset("first second third last only latest sole next".split())
POLITE = frozenset("welcome consider support like prefer love appreciate".split())
"""'Would welcome a visit' promises nothing."""

DIRECTIVES = frozenset(
    "urge ask call demand order request press tell command appeal advise encourage beg push seek "
    "recommend propose insist require pressure warn permit want".split()
)
"""Verbs that embed what somebody else is to do: no act of theirs yet."""

LOOK_AHEAD = frozenset("before ahead until till".split())
ONCE = frozenset("when once whenever".split())
TOLD = frozenset(
    "say tell report state announce add note declare confirm disclose reveal write explain insist "
    "acknowledge assert indicate reiterate repeat agree pledge promise inform point remember recall "
    "recognize recognise stress emphasize emphasise".split()
)
"""Verbs after which a 'would' is the reported 'will'."""
DISMISSALS = frozenset("reject deny dismiss refute rebut".split())
"""What they do to a report, they do to what it reports."""

OF = frozenset("of for to about on against towards toward between with by".split())
"""Prepositions through which a noun holds an act ('plans for talks')."""

DEEDS = frozenset(
    "attack invasion war aggression annexation occupation bombing shelling raid strike assault "
    "offensive incursion killing assassination murder sanction embargo blockade tariff expulsion "
    "detention arrest seizure handshake".split()
)
"""Acts that a possessor or an article presupposes ('Russia's invasion')."""

TOWARDS = frozenset(
    "open close near commit committed opposed amenable averse key look forward dedicated commitment "
    "pledge devoted accustomed path step".split()
)
"""Words whose 'to ...ing' lies ahead ('committed to helping', 'look forward to meeting')."""

GLAD = frozenset(
    "proud pleased glad happy honored honoured delighted privileged grateful thrilled sorry sad right "
    "wrong quick slow first".split()
)
"""Adjectives that take their 'to' clause for granted ('is proud to support')."""

STILL = frozenset(
    "still daily weekly routinely regularly constantly continually habitually always long "
    "consistently persistently steadily repeatedly perennially traditionally".split()
)
"""'Still accuses', 'has long backed': what is done now and again is going on."""

COMMITTED = frozenset("committed commitment dedicated pledge devoted".split())
"""Words by which what follows is promised, not only possible ('is committed to helping')."""

TOPICS = frozenset(
    "over about after since for following despite amid regarding concerning against".split()
)
"""Prepositions under which a deed is what another act is about ('protested over the shelling')."""

FAVOURING = frozenset("support favour favor back encourage advocate prefer facilitate".split())
"""What they have as a bare object is wished for ('supports dialogue between')."""

HAPPENING = frozenset("be take happen occur materialise materialize come".split())
SENTENCE_ENDS = (".", "!", '"', "\u201d", ")")
"""What closes a sentence; a headline tells the past in the present."""
