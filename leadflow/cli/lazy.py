"""Commands that are imported when they run, so that a list of commands needs nothing of what they work with."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class LazyCommand(TyperCommand):
    """A command's name and the first line of its help; the function behind it stands at `place`, module:function."""

    def __init__(self, name: str, place: str, help: str) -> None:
        super().__init__(name, help=help)
        self._place = place

    def load(self) -> Any:
        """The command itself, with its options and the whole help."""
        module, _, function = self._place.partition(":")
        alone = typer.Typer(add_completion=False, rich_markup_mode="rich")
        alone.command(self.name)(getattr(import_module(module), function))
        return typer.main.get_command(alone)

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        return self.load().make_context(info_name, args, parent, **extra)


def group(name: str, help: str, *commands: LazyCommand | TyperGroup) -> TyperGroup:
    """A group of commands and groups, shown in this order."""
    return TyperGroup(name=name, help=help, commands=commands, no_args_is_help=True, rich_markup_mode="rich")
