"""The degrade ladder, for channels that can little and channels that can more."""

from __future__ import annotations

from bot.types import Button, Reply, Source
from connectors.channel import Capabilities, Limit
from connectors.degrade import CustomPart, FilePart, ImagePart, TextPart, degrade, payload_within

NOTHING = Capabilities()
MUCH = Capabilities(
    buttons=True, images=True, files=True, max_buttons=2, button_title=Limit(10), text=Limit(100)
)
YES, NO = Button(title="Yes", payload="/affirm"), Button(title="No", payload="/deny")


def test_buttons_become_numbers_that_stand_for_their_payloads() -> None:
    shown = degrade(Reply(text="Sure?", buttons=(YES, NO)), NOTHING)

    assert shown.parts == (TextPart(text="Sure?\n1) Yes\n2) No"),)
    assert shown.choices == {"1": "/affirm", "2": "/deny", "yes": "/affirm", "no": "/deny"}


def test_buttons_are_kept_where_they_can_be_shown() -> None:
    shown = degrade(Reply(text="Sure?", buttons=(YES, NO)), MUCH)

    assert shown.parts == (TextPart(text="Sure?", buttons=(YES, NO)),)
    assert not shown.choices


def test_more_buttons_or_longer_titles_than_the_platform_takes_become_numbers() -> None:
    long = Button(title="A title of many words", payload="/long")

    assert degrade(Reply(text="?", buttons=(YES, NO, YES)), MUCH).choices
    assert degrade(Reply(text="?", buttons=(long,)), MUCH).choices == {
        "1": "/long",
        "a title of many words": "/long",
    }


def test_quick_replies_are_buttons() -> None:
    items = [{"content_type": "text", "title": "Yes", "payload": "/affirm"}]

    shown = degrade(Reply(text="Sure?", quick_replies=items), MUCH)

    assert shown.parts == (TextPart(text="Sure?", buttons=(YES,)),)


def test_cards_become_pictures_texts_and_numbers_that_go_on_counting() -> None:
    card = {"title": "Mug", "subtitle": "12 EUR", "image_url": "https://x.example/m.png"}
    buy = {"buttons": [{"title": "Buy", "payload": "/buy"}]}

    shown = degrade(Reply(elements=[card | buy, {"title": "Cup"} | buy]), NOTHING)

    assert [part.text for part in shown.parts if isinstance(part, TextPart)] == [
        "https://x.example/m.png",
        "Mug\n12 EUR\n1) Buy",
        "Cup\n2) Buy",
    ]
    assert {"1", "2"} <= set(shown.choices)


def test_pictures_and_files_become_links_where_they_cannot_be_shown() -> None:
    reply = Reply(image="https://x.example/a.png", attachment="https://x.example/b.pdf")

    assert degrade(reply, MUCH).parts == (
        ImagePart(url="https://x.example/a.png"),
        FilePart(url="https://x.example/b.pdf"),
    )
    assert degrade(reply, NOTHING).parts == (
        TextPart(text="https://x.example/a.png"),
        TextPart(text="https://x.example/b.pdf"),
    )


def test_an_attachment_in_rasas_form_is_found_by_its_address() -> None:
    attachment = {"type": "video", "payload": {"src": "https://x.example/v.mp4"}}

    assert degrade(Reply(attachment=attachment), MUCH).parts == (
        FilePart(url="https://x.example/v.mp4"),
    )


def test_the_order_is_rasas() -> None:
    reply = Reply(text="t", custom={"a": 1}, image="https://i", attachment="https://f")

    kinds = [type(part) for part in degrade(reply, MUCH).parts]

    assert kinds == [TextPart, CustomPart, ImagePart, FilePart]


def test_paragraphs_are_messages_of_the_bot_and_stay_together_for_a_person() -> None:
    reply = Reply(text="one\n\ntwo")

    assert degrade(reply, NOTHING).parts == (TextPart(text="one"), TextPart(text="two"))
    assert degrade(reply, NOTHING, is_split=False).parts == (TextPart(text="one\n\ntwo"),)


def test_buttons_stay_with_the_last_piece_of_a_long_text() -> None:
    reply = Reply(text="A sentence. " * 20, buttons=(YES,))

    *first, last = degrade(reply, MUCH).parts

    assert first and all(isinstance(part, TextPart) and not part.buttons for part in first)
    assert isinstance(last, TextPart) and last.buttons == (YES,)


def test_sources_stand_below_the_answer() -> None:
    source = Source(title="Delivery", url="https://x.example/d", score=0.9)

    shown = degrade(Reply(text="In 3 days.", sources=(source,)), NOTHING)

    assert shown.parts == (TextPart(text="In 3 days.\nDelivery: https://x.example/d"),)


def test_a_long_payload_travels_as_the_same_token_every_time() -> None:
    button, limit = Button(title="Go", payload="/go" + "x" * 100), Limit(64, "bytes")
    tokens: dict[str, str] = {}

    first, second = (payload_within(limit, button, tokens) for _ in range(2))

    assert first == second
    assert limit.holds(first)
    assert tokens == {first: button.payload}
