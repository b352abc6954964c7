"""What the rule coder makes of single sentences and of the traps it met."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detente.coding.actors import SeedError
from detente.coding.coder import Coder, load_coder
from detente.coding.lexicon import load_lexicon
from detente.model import Document, EventMention
from detente.settings import Settings, find_project_dir


@pytest.fixture(scope="module")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Coder:
    home = tmp_path_factory.mktemp("home")
    return load_coder(Settings(home=home, project_dir=find_project_dir()))


def _code(text: str, coder: Coder) -> tuple[EventMention, ...]:
    at = datetime(2015, 1, 21, tzinfo=UTC)
    return coder.code(Document("d", "r", "", text, at)).mentions


@pytest.mark.parametrize(
    ("text", "source", "target", "event_type", "status"),
    [
        ("Japan condemned China on Tuesday.", "JPN", "CHN", "ACCUSE", "occurred"),
        ("Russia invited North Korea to a ceremony in May.", "RUS", "PRK", "CONSULT", "occurred"),
        ("China has never threatened Japan.", "CHN", "JPN", "THREATEN", "negated"),
        ("Xi Jinping refused to meet Kim Jong-un.", "CHN", "PRK", "REJECT", "occurred"),
        ("In 1950, North Korea invaded South Korea.", "PRK", "KOR", "ASSAULT", "historical"),
        ("Kim Jong-un might visit Russia in May.", "PRK", "RUS", "CONSULT", "possible"),
        ("Russia is party to sanctions against North Korea.", "RUS", "PRK", "SANCTION", "ongoing"),
        (
            "Kenya announced the deployment of troops to Haiti.",
            "KEN",
            "HTI",
            "COOPERATE",
            "planned",
        ),
        ("Did Cuba write to Spain? It says no.", "CUB", "ESP", "CONSULT", "possible"),
        ("China invading Taiwan is unthinkable.", "CHN", "TWN", "ASSAULT", "possible"),
        (
            "Cuba denied a report that Spain was talking to Peru.",
            "ESP",
            "PER",
            "CONSULT",
            "negated",
        ),
        ("Estonia will continue to support Ukraine.", "EST", "UKR", "SUPPORT", "ongoing"),
        ("Talks between India and Pakistan broken off", "IND", "PAK", "CONSULT", "negated"),
        ("Turkey stopped buying oil from Iran.", "TUR", "IRN", "SANCTION", "occurred"),
        ("Britain has worked to support Ukraine.", "GBR", "UKR", "SUPPORT", "occurred"),
        ("Gas came up during Merkel's visit to Turkey.", "DEU", "TUR", "CONSULT", "occurred"),
        ("Iran shot down a Ukrainian passenger jet.", "IRN", "UKR", "ASSAULT", "occurred"),
        ("Is it an option for Iran to help Syria?", "IRN", "SYR", "AID", "possible"),
    ],
)
def test_given_a_plain_sentence_then_its_act_is_coded(
    text: str, source: str, target: str, event_type: str, status: str, coder: Coder
) -> None:
    found = [(m.source_code, m.target_code, m.event_type, m.status) for m in _code(text, coder)]
    assert found == [(source, target, event_type, status)]


@pytest.mark.parametrize(
    "text",
    [
        "North Korea executed Jang Song-thaek in December 2013.",
        "Japan beat South Korea 2-1 in a World Cup qualifier.",
        "Russia launched an attack on Islamic State commanders.",
        "You had long meetings with President Sisi and King Abdullah.",
        "Two French police officers flew home after a holiday in Canada.",
        "No resolution of the United Nations is needed to invade Iraq.",
        "Latvia and Lithuania will ratify the Treaty of Lisbon.",
        "Kenya and Uganda share a commitment to free trade.",
        "Russia condemned the delivery of tanks to Ukraine.",
        "Macron suggested that Turkey could join.",
        "India and Pakistan will fight terrorism together.",
        "Both the US and Russia hold Iran to account.",
        "Chinese police targeted ethnic Kazakhs.",
        "British police have released CCTV footage.",
        "Alberto Fujimori of Peru was exiled in Japan.",
        "Trade went on in line with the treaty between Peru and Chile.",
        "Bahrain and Kosovo opened diplomatic relations with the nation.",
        "Spain and Greece join the United Kingdom in allowing workers free access.",
        "A British bank is in talks with three American banks.",
        "The US lifted restrictions on flying to Cuba.",
        "The State Department announced negotiations to release American hostages from Tehran.",
    ],
)
def test_given_no_act_between_states_then_nothing_is_coded(text: str, coder: Coder) -> None:
    assert _code(text, coder) == ()


def test_given_a_title_then_it_outweighs_a_missing_term(coder: Coder) -> None:
    text = "Japanese Prime Minister Joe Biden met Chinese President Xi Jinping."
    assert any(m.event_type == "CONSULT" for m in _code(text, coder))


def test_given_any_mention_then_its_offsets_find_its_text(coder: Coder) -> None:
    text = "Rain fell. Japan condemned China on Tuesday."
    for m in _code(text, coder):
        for span in (m.evidence.sentence, m.evidence.trigger, m.evidence.source, m.evidence.target):
            assert text[span.start : span.end] == span.text


@pytest.mark.parametrize(
    ("text", "mode", "direction"),
    [
        ("Relations between North Korea and China have grown frayed.", "change", "cooling"),
        ("Relations between North Korea and China have grown close.", "change", "warming"),
        ("Relations between North Korea and China are strained.", "level", "strained"),
        ("Ties between Japan and China have frayed.", "change", "cooling"),
        ("Ties between Japan and China have improved.", "change", "warming"),
    ],
)
def test_given_a_relation_described_then_its_direction_is_read(
    text: str, mode: str, direction: str, coder: Coder
) -> None:
    (m,) = _code(text, coder)
    assert (m.event_type, m.event_mode, m.assess_direction) == ("ASSESS", mode, direction)


@pytest.mark.parametrize(
    ("text", "source", "target", "event_type"),
    [
        # nouns of action take the arguments of their verbs
        ("Japan announced a suspension of aid to China.", "JPN", "CHN", "SANCTION"),
        ("Kenya confirmed the arrest of two Somali journalists.", "KEN", "SOM", "COERCE"),
        ("Peru protested the expulsion of its envoy by Chile.", "CHL", "PER", "SANCTION"),
        # what is counted or measured carries the meaning
        ("Norway gave 40 million euros in humanitarian aid to Sudan.", "NOR", "SDN", "AID"),
        ("Egypt returned dozens of stolen statues to Iraq.", "EGY", "IRQ", "YIELD"),
        # 'on' belongs to the day, not to the verb
        ("Emmanuel Macron called Vladimir Putin on Friday.", "FRA", "RUS", "CONSULT"),
        # of 'his Indian counterpart' the nationality counts
        ("Nepal's foreign minister met his Indian counterpart.", "NPL", "IND", "CONSULT"),
        # what another must do
        ("Egypt said Ethiopia must stop the work on the dam.", "EGY", "ETH", "REQUEST"),
        ("Chad demanded that Sudan withdraw its troops.", "TCD", "SDN", "REQUEST"),
        ("Cuba complained that Panama had detained its envoy.", "CUB", "PAN", "ACCUSE"),
        ("Mali threatened to quit unless Niger yields the road.", "MLI", "NER", "THREATEN"),
        ("Sweden was critical of Turkey's decision.", "SWE", "TUR", "ACCUSE"),
        # of 'thank X for', 'accuse X of' the object acts
        ("Iran thanked Oman for sending doctors to Yemen.", "OMN", "YEM", "AID"),
        ("Angola was angered by Zambia's decision.", "AGO", "ZMB", "ACCUSE"),
        ("Kenya massed troops along its border with Uganda.", "KEN", "UGA", "MOBILIZE"),
        ("Qatar sent food to refugees fleeing the war in Yemen.", "QAT", "YEM", "AID"),
        ("Italy agreed to an extension of the mission in Mali.", "ITA", "MLI", "AGREE"),
        ("Ghana granted permission to Togo to visit Benin.", "TGO", "BEN", "CONSULT"),
        # an operator without a frame below
        ("Uganda refused to attend the ceremony in Rwanda.", "UGA", "RWA", "REJECT"),
        ("Chile is willing to help build a railway in Bolivia.", "CHL", "BOL", "AGREE"),
        # what a text says, its author says
        ("Kenya issued a statement accusing Uganda of spying.", "KEN", "UGA", "ACCUSE"),
        # who made the offer stands with a participle
        ("Norway rejected an offer made by Denmark.", "NOR", "DNK", "REJECT"),
        ("Japan lifted the tariffs imposed on Canadian beef.", "JPN", "CAN", "YIELD"),
        # held in a country without an agent: by its authorities
        ("Two French tourists were arrested in Algeria.", "DZA", "FRA", "COERCE"),
        # the possessor of a release is released
        ("A Greek court ordered the Turkish captain's release.", "GRC", "TUR", "YIELD"),
        # an act that waits for the other
        ("Brazil will not lift the embargo until Peru adopts reforms.", "BRA", "PER", "YIELD"),
        # it belongs to others' measures
        ("Chile is party to the arms embargo against Sudan.", "CHL", "SDN", "SANCTION"),
        ("Norway takes part in the sanctions against Belarus.", "NOR", "BLR", "SANCTION"),
        ("New American measures target Iranian oil exports.", "USA", "IRN", "SANCTION"),
        # an invitation that is answered was given
        ("Egypt turned down an invitation from Libya.", "LBY", "EGY", "CONSULT"),
        ("Peru sent a positive reply to the Chilean invitation.", "PER", "CHL", "AGREE"),
        ("Malta welcomed the Greek invitation for its president.", "GRC", "MLT", "CONSULT"),
        # invited to what is held in a country
        ("Modi has been invited to the celebrations in Paris.", "FRA", "IND", "CONSULT"),
        # what posters say, those say who put them up
        ("Kenyan soldiers put up posters calling Uganda a traitor.", "KEN", "UGA", "ACCUSE"),
        ("Omani troops raised placards that called Iran an enemy.", "OMN", "IRN", "ACCUSE"),
        # 'its' is not the doer's own
        ("Latvia reported that a Russian jet violated its airspace.", "RUS", "LVA", "COERCE"),
        ("Chad says that Sudan shelled its territory.", "SDN", "TCD", "ASSAULT"),
        # where the parser hangs a phrase on the wrong word
        ("A visit by the Polish premier to Kyiv took place.", "POL", "UKR", "CONSULT"),
        ("Modi defended his meeting with the Pakistani premier.", "IND", "PAK", "CONSULT"),
        ("Hungary defends Israel's right to exist and condemns Iran.", "HUN", "IRN", "ACCUSE"),
        # whose decision, whose plan
        ("China attacked the US decision to sell arms to Taiwan.", "USA", "TWN", "COOPERATE"),
        ("It was France that urged Iran to release the detainees.", "FRA", "IRN", "REQUEST"),
        # two states in one word
        ("The two Koreas held talks on Tuesday.", "PRK", "KOR", "CONSULT"),
        ("Inter-Korean talks began on Monday.", "PRK", "KOR", "CONSULT"),
        ("The US Secretary of State will travel to Lagos, Nigeria.", "USA", "NGA", "CONSULT"),
        # a state that protests does not march; a warning is no order
        ("Japan protested at North Korea's launch.", "JPN", "PRK", "PROTEST"),
        ("Egypt warned Libya that there would be consequences.", "EGY", "LBY", "THREATEN"),
        ("The Peruvian president attacked Chile for doubting him.", "PER", "CHL", "ACCUSE"),
        ("Cuba has withdrawn its invitation to Spain's king.", "CUB", "ESP", "REJECT"),
        ("Chile recognised Israel as an occupying power.", "CHL", "ISR", "ACCUSE"),
        # who comes to the celebration visits its host
        ("Narendra Modi attended the parade in Paris.", "IND", "FRA", "CONSULT"),
        # outsiders agree on another's ceasefire
        ("The US and Russia reached a ceasefire in Syria.", "USA", "RUS", "AGREE"),
        # a place in the other state
        ("Iraqi warplanes attacked positions inside Syria.", "IRQ", "SYR", "ASSAULT"),
    ],
)
def test_given_a_construction_then_its_actors_are_found(
    text: str, source: str, target: str, event_type: str, coder: Coder
) -> None:
    at = datetime(2017, 6, 1, tzinfo=UTC)
    mentions = coder.code(Document("d", "r", "", text, at)).mentions
    assert (source, target, event_type) in {
        (m.source_code, m.target_code, m.event_type) for m in mentions
    }


def test_given_rows_that_contradict_one_another_then_the_lexicon_is_refused(tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    shutil.copytree(find_project_dir() / "seeds" / "frames", frames)
    verbs = frames / "verbs.csv"
    verbs.write_text(verbs.read_text() + "condemn,obj,,AID,,,acoptr,,\n")
    with pytest.raises(SeedError, match="verb:condemn is AID on obj, an earlier row says ACCUSE"):
        load_lexicon(frames)


@pytest.mark.parametrize("slot", ["form", "obj:no_such_class", "iobj:person", "poss@to", "purpose"])
def test_given_a_slot_that_nothing_can_fill_then_the_lexicon_is_refused(
    slot: str, tmp_path: Path
) -> None:
    frames = tmp_path / "frames"
    shutil.copytree(find_project_dir() / "seeds" / "frames", frames)
    verbs = frames / "verbs.csv"
    verbs.write_text(verbs.read_text() + f"condemn,{slot},,ACCUSE,condemn,,,,,\n")
    with pytest.raises(SeedError, match=slot):
        load_lexicon(frames)
