"""The standard set of neutral messages that every channel must be able to say."""

from __future__ import annotations

from bot.types import Button, Reply, Source

FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
LINK = "https://shop.example/help/delivery?from=chat&lang=en"


def _buttons(count: int, title: str = "Choice") -> tuple[Button, ...]:
    return tuple(Button(title=f"{title} {n}", payload=f'/choose{{"n": {n}}}') for n in range(count))


NEUTRAL: dict[str, Reply] = {
    "text": Reply(text="Hello!"),
    "two paragraphs": Reply(text="One.\n\nTwo."),
    "lines": Reply(text="1. one\n2. two\n   - three"),
    "chinese": Reply(text="您好，请问有什么可以帮您？"),
    "arabic": Reply(text="مرحبا، كيف يمكنني مساعدتك؟"),
    "emoji": Reply(text=FAMILY * 5),
    "markup characters": Reply(text="a < b & c > d *bold* _it_ `code` [x](y) <!channel>"),
    "a link": Reply(text=f"See {LINK} for more."),
    "long words": Reply(text="word " * 2000),
    "long sentences": Reply(text="This is one sentence of many. " * 400),
    "long chinese": Reply(text="这是一个很长的句子。" * 900),
    "long without spaces": Reply(text="x" * 9000),
    "long emoji": Reply(text=FAMILY * 1500),
    "one button": Reply(text="Sure?", buttons=_buttons(1)),
    "ten buttons": Reply(text="Which one?", buttons=_buttons(10)),
    "thirty buttons": Reply(text="Which one?", buttons=_buttons(30)),
    "two hundred buttons": Reply(text="Which one?", buttons=_buttons(200)),
    "long titles": Reply(text="Which one?", buttons=_buttons(2, "A very long title " * 8)),
    "long payloads": Reply(text="Go?", buttons=(Button(title="Go", payload="/go" + "订" * 1500),)),
    "buttons under a long text": Reply(text="A sentence. " * 500, buttons=_buttons(3)),
    "buttons without text": Reply(buttons=_buttons(2)),
    "image": Reply(text="Look:", image="https://shop.example/a.png"),
    "file": Reply(text="Your invoice:", attachment="https://shop.example/invoice.pdf"),
    "sources": Reply(text="In 3 days.", sources=(Source(title="Delivery", url=LINK, score=0.9),)),
    "cards": Reply(
        elements=[
            {
                "title": "Mug", "subtitle": "12 EUR", "image_url": "https://shop.example/mug.png",
                "buttons": [{"title": "Buy", "payload": "/buy"}],
            },
            {"title": "Cup", "subtitle": "9 EUR"},
        ]
    ),
}  # fmt: skip
assert len(NEUTRAL) == 25
