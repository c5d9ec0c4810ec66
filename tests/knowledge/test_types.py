from datetime import date

import pytest

from knowledge.types import Passage


def test_a_passage_comes_back_from_its_json_form():
    passage = Passage(
        id="1", language="en", title="Returns?", text="30 days.", source="https://shop.example",
        questions=("Send back?",), headings=("Orders",), audience=("staff",),
        valid_from=date(2026, 1, 31), document="faq.yml", document_hash="ab",
    )  # fmt: skip

    assert Passage.from_dict(passage.to_dict()) == passage


def test_an_unknown_key_of_a_stored_passage_is_an_error():
    stored = {"id": "1", "language": "en", "title": "t", "text": "t", "source": "s", "colour": 1}

    with pytest.raises(TypeError, match="colour"):
        Passage.from_dict(stored)
