"""The shop's order table, in SQLite."""

from __future__ import annotations

import os
import re
import sqlite3
import unicodedata
from contextlib import closing
from datetime import date
from pathlib import Path

SEED = Path(__file__).resolve().parents[1] / "shop.db.sql"
DEFAULT_PATH = Path(".frontdesk") / "shop.db"
RETURN_DAYS = 30

_NUMBER = re.compile(r"(?<!\d)(?:fd[\s#-]*)?(\d{6})(?!\d)", re.IGNORECASE)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def database_path() -> Path:
    """Return the database's path; FRONTDESK_SHOP_DB overrides the default."""
    return Path(os.environ.get("FRONTDESK_SHOP_DB") or DEFAULT_PATH)


def connect() -> sqlite3.Connection:
    """Open the database, and load the seed data if its tables are not there."""
    path = database_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        found = connection.execute(
            "SELECT count(*) FROM sqlite_master"
            " WHERE type = 'table' AND name IN ('orders', 'returns')"
        ).fetchone()[0]
        if found < 2:
            connection.executescript(SEED.read_text(encoding="utf-8"))
    except BaseException:
        connection.close()
        raise
    return connection


def normalise_order_number(text: object) -> str | None:
    """Return the order number in a text as FD123456, or None.

    Full-width characters, lower case, blanks, a # or a hyphen, and a missing
    FD are tolerated.
    """
    match = _NUMBER.search(unicodedata.normalize("NFKC", str(text)))
    return f"FD{match.group(1)}" if match else None


def find_order(number: str) -> dict | None:
    """Return one order as a dictionary, or None."""
    with closing(connect()) as connection:
        row = connection.execute(
            "SELECT * FROM orders WHERE order_number = ?", (number,)
        ).fetchone()
    return dict(row) if row else None


def find_return(number: str, product: str) -> str | None:
    """Return the number of the return of this product, or None."""
    with closing(connect()) as connection:
        row = connection.execute(
            "SELECT id FROM returns WHERE order_number = ? AND lower(product) = lower(?)",
            (number, product),
        ).fetchone()
    return _return_number(row["id"]) if row else None


def add_return(number: str, product: str, reason: str) -> str:
    """Register a return and give its number."""
    with closing(connect()) as connection, connection:
        cursor = connection.execute(
            "INSERT INTO returns (order_number, product, reason) VALUES (?, ?, ?)",
            (number, product, reason),
        )
        return _return_number(cursor.lastrowid)


def is_returnable(delivered_on: str, today: date | None = None) -> bool:
    """Tell if a delivery on this day (YYYY-MM-DD) can still be returned."""
    age = (today or date.today()) - date.fromisoformat(delivered_on)
    return age.days <= RETURN_DAYS


def say_date(day: str | None, language: str | None) -> str:
    """Write a day (YYYY-MM-DD) for the customer."""
    if not day:
        return ""
    value = date.fromisoformat(day)
    if language == "zh":
        return f"{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def say_product(order: dict, language: str | None) -> str:
    """Name an order's product for the customer."""
    return order["product_zh"] if language == "zh" else order["product_en"]


def _return_number(row_id: int) -> str:
    return f"RT{row_id:06d}"
