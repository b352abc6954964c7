"""Documents coded together come out as they do alone, and a bad one costs itself."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from detente.coding.coder import Coder, code_batch, load_coder
from detente.model import Document
from detente.settings import Settings, find_project_dir

AT = datetime(2015, 1, 21, tzinfo=UTC)
TEXTS = (
    "Japan condemned China on Tuesday. Its minister visited Beijing in May.",
    "Rain fell in Norway.",
    "Kenya expelled two Somali diplomats. Somalia condemned the decision.",
)


@pytest.fixture(scope="module")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Coder:
    home = tmp_path_factory.mktemp("home")
    return load_coder(Settings(home=home, project_dir=find_project_dir()))


def _documents() -> list[Document]:
    return [Document(f"d{k}", f"r{k}", "", text, AT) for k, text in enumerate(TEXTS)]


def test_given_a_batch_then_each_document_is_coded_as_alone(coder: Coder) -> None:
    together = [replace(c, duration_seconds=0) for c in code_batch(coder, _documents())]
    alone = [replace(coder.code(d), duration_seconds=0) for d in _documents()]
    assert together == alone
    assert sum(len(c.mentions) for c in together) >= 3


def test_given_a_document_that_cannot_be_read_then_it_alone_is_an_error(coder: Coder) -> None:
    bad = Document("bad", "bad", "", None, AT)  # type: ignore[arg-type]
    first, broken, *rest = code_batch(coder, [_documents()[0], bad, *_documents()[1:]])
    assert (broken.document_id, broken.outcome) == ("bad", "error")
    assert "NoneType" in broken.message
    assert [c.outcome for c in (first, *rest)] == ["coded", "one_country", "coded"]
