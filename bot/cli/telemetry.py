"""`frontdesk telemetry`: a command of scripts written for Rasa; there is nothing to switch."""

from __future__ import annotations

import typer


def telemetry() -> None:
    """Tell that nothing is sent anywhere."""
    typer.echo("Frontdesk sends no usage data anywhere; there is nothing to switch.")
