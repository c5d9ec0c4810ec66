"""The options of the commands that run a bot, with Rasa's names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PORT = 5005
LOOPBACK_ADDRESS = "127.0.0.1"
JWT_METHOD = "HS256"

FolderArgument = Annotated[Path, typer.Argument(help="The project's folder.")]
ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="A trained package, or a folder of them.")
]
EndpointsOption = Annotated[Path | None, typer.Option("--endpoints", help="Another endpoints.yml.")]
CredentialsOption = Annotated[
    Path | None, typer.Option("--credentials", help="Another credentials.yml.")
]
LogFileOption = Annotated[Path | None, typer.Option("--log-file", help="Append the log to a file.")]
InterfaceOption = Annotated[str, typer.Option("--interface", "-i", help="Address.")]
PortOption = Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port.")]
ApiOption = Annotated[bool, typer.Option("--enable-api", help="Serve the API beyond this machine.")]
TokenOption = Annotated[
    str | None, typer.Option("--auth-token", "-t", envvar="FRONTDESK_AUTH_TOKEN")
]
JwtSecretOption = Annotated[
    str | None,
    typer.Option(
        "--jwt-secret",
        envvar="JWT_SECRET",
        help="Verifies JWTs: the shared secret, or the public key of an asymmetric method.",
    ),
]
JwtMethodOption = Annotated[
    str, typer.Option("--jwt-method", envvar="JWT_METHOD", help="How JWTs are signed.")
]
CorsOption = Annotated[
    list[str] | None, typer.Option("--cors", help="Origins of pages that may use the server.")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option(
        "--ssl-certificate", exists=True, dir_okay=False, help="The certificate for HTTPS."
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option("--ssl-keyfile", exists=True, dir_okay=False, help="Its private key."),
]
AuthoritiesOption = Annotated[
    Path | None,
    typer.Option(
        "--ssl-ca-file", exists=True, dir_okay=False, help="Authorities of client certificates."
    ),
]
PasswordOption = Annotated[
    str | None, typer.Option("--ssl-password", help="The private key's password.")
]
ResponseTimeoutOption = Annotated[
    int | None,
    typer.Option("--response-timeout", min=1, help="Seconds that an answer may take."),
]
StorageOption = Annotated[str | None, typer.Option("--remote-storage", hidden=True)]
