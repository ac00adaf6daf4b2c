"""Which folder of rule files a command works on."""

from pathlib import Path
from typing import Annotated

import typer

from crm.errors import Misconfigured
from leadflow.settings import load_settings, variable_of

FolderOption = Annotated[Path | None, typer.Option("--rules", help="The rules folder, if not the configured one.")]


def rules_folder(given: Path | None = None) -> Path:
    """The folder that was asked for, else the configured one. Raises Misconfigured where there is none."""
    folder = given or load_settings().rules_dir
    if not folder.is_dir():
        raise Misconfigured(
            f"The rules folder {folder.absolute()} does not exist; name it with --rules, "
            f"or with {variable_of('rules_dir')}."
        )
    return folder
