"""The confidence falls with what makes a reading less sure, and stays a probability."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from detente.coding.coder import load_coder
from detente.coding.confidence import COEFFICIENTS, FEATURES
from detente.coding.jsonl import document_from_dict
from detente.settings import Settings, find_project_dir

EVAL = Path(__file__).parents[2] / "eval"


@pytest.fixture(scope="module")
def say(tmp_path_factory):
    settings = Settings(home=tmp_path_factory.mktemp("home"), project_dir=find_project_dir())
    coder = load_coder(settings)

    def confidence(text: str) -> float:
        (mention,) = coder.code(
            document_from_dict({"text": text, "published": "2020-01-02"})
        ).mentions
        return mention.confidence

    return confidence


def test_given_coefficients_then_each_is_of_a_feature() -> None:
    assert set(COEFFICIENTS) == set(FEATURES)


def test_given_a_plain_sentence_then_it_is_surer_than_a_possible_embedded_act(say) -> None:
    plain = say("Japan condemned China.")
    possible = say("Officials in Vienna suggested that Japan might condemn China.")
    assert 0.05 <= possible < plain <= 0.98


def test_given_another_country_between_the_actors_then_the_mention_is_less_sure(say) -> None:
    near = say("The president of Japan, after long talks, visited China.")
    apart = say("The president of Japan, after a night in India, visited China.")
    assert apart < near


def test_given_annotated_texts_then_it_is_nearer_the_truth_than_the_rule_of_thumb() -> None:
    """Sealed and open texts; Brier score, lower is better."""
    spec = importlib.util.spec_from_file_location("cal", EVAL / "calibrate_confidence.py")
    cal = sys.modules["cal"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cal)
    recorder = cal.Recorder()
    coder = cal.recording_coder(recorder)
    examples = list(cal.annotated_examples(coder, recorder))
    right = np.array([e.is_right for e in examples], dtype=float)
    said = np.array([cal.confidence.confidence(e.grounds) for e in examples])
    thumb = np.array([cal.rule_of_thumb(e.grounds) for e in examples])
    assert cal.brier(said, right) < cal.brier(thumb, right) - 0.02
