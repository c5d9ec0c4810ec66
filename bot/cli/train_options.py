"""The options of `frontdesk train`, with Rasa's names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AUGMENTATION = 50
"""Rasa's default."""
Folder = Annotated[Path, typer.Argument(help="The project's folder.")]
Paths = list[Path] | None
DataOption = Annotated[Paths, typer.Option("--data", help="Files or folders of training data.")]
ConfigOption = Annotated[Paths, typer.Option("--config", "-c", help="The configuration.")]
DomainOption = Annotated[Path | None, typer.Option("--domain", "-d", help="A file or folder.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder of the package.")]
NameOption = Annotated[str | None, typer.Option("--fixed-model-name", help="Its name.")]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Train nothing; exit with 0 (unchanged), 1 or 8 (forced).")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Train although nothing changed.")]
ThreadsOption = Annotated[
    int | None, typer.Option("--num-threads", min=1, help="Threads of numerical libraries.")
]
PersistOption = Annotated[
    bool, typer.Option("--persist-nlu-data", help="Keep the examples in the package.")
]
SkipOption = Annotated[bool, typer.Option("--skip-validation", help="Show no warnings.")]
FailOption = Annotated[
    bool, typer.Option("--fail-on-validation-warnings", help="Warnings are mistakes.")
]
HistoryOption = Annotated[
    int | None,
    typer.Option("--validation-max-history", help="Turns that conflicting stories may look back."),
]
AugmentationOption = Annotated[
    int, typer.Option("--augmentation", min=0, help="How many stories to glue, by ten.")
]
EndpointsOption = Annotated[Path | None, typer.Option("--endpoints", hidden=True)]
