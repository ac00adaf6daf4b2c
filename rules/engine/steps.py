"""The steps of `if_missed` and `if_nobody`: whether each can be read, and whether it can ever come to it."""

from collections.abc import Iterable, Sequence

from rules.engine.decision import MissedStep, NobodyStep
from rules.engine.findings import Code, Findings, Place
from rules.engine.loader import YamlNode
from rules.engine.shape import place_of
from rules.engine.values import Names

Step = str | dict[str, str]
"""A word, or a word with what it is about."""
_NOBODY = {"next": "team", "queue": "queue"}


def require_known(names: Names, findings: Findings, kind: str, key: str, at: Place) -> None:
    """A finding where the directory has no such user, team, queue or partner, or the user has left."""
    valid = names.directory.owners()[kind]
    if key not in valid:
        findings.unknown(Code.UNKNOWN_NAME, at, kind, key, valid)
    elif kind == "user" and not names.directory.users[key].active:
        message = f"user '{key}' is not active and gets no leads"
        findings.warning(Code.INACTIVE_USER, at, message, "Name somebody else, or a team")


class StepReader:
    """Reads the steps of one outcome, which stands at `node`; what is wrong goes to `findings`."""

    def __init__(self, names: Names, findings: Findings, node: YamlNode) -> None:
        self._names = names
        self._findings = findings
        self._node = node

    def if_missed(self, given: Iterable[Step]) -> tuple[MissedStep, ...]:
        """The steps that can be read; a finding for each other."""
        steps = (self._missed(step, ["if_missed", index]) for index, step in enumerate(given))
        return tuple(step for step in steps if step is not None)

    def if_nobody(self, given: Sequence[Step], first: str | None) -> tuple[NobodyStep, ...]:
        """The steps that can be read; a finding for each other, and for those that change nothing.

        `first` names the team or user asked before the first step; None where partners are: none of them comes back.
        """
        read = [self._nobody(step, ["if_nobody", index]) for index, step in enumerate(given)]
        asked = [] if first is None else [first]
        before: NobodyStep | None = None
        for index, step in enumerate(read):
            if step is not None and (useless := _useless(step, before, asked)):
                self._findings.error(Code.WRONG_PLACE, place_of(self._node, ["if_nobody", index]), *useless)
            if step is not None and step.action == "next" and step.key:
                asked.append(step.key)
            before = step or before
        return tuple(step for step in read if step is not None)

    def _nobody(self, step: Step, path: list[int | str]) -> NobodyStep | None:
        if step == "wait":
            return NobodyStep(action="wait")
        for action, kind in _NOBODY.items():
            if isinstance(step, dict) and list(step) == [action]:
                require_known(self._names, self._findings, kind, step[action], place_of(self._node, [*path, action]))
                return NobodyStep.model_validate({"action": action, "key": step[action]})
        self._unknown(step, path, ["wait", "next: <team>", "queue: <queue>"])
        return None

    def _missed(self, step: Step, path: list[int | str]) -> MissedStep | None:
        if step == "remind":
            return MissedStep(action="remind")
        if step == "re-route":
            return MissedStep(action="re-route")
        if isinstance(step, dict) and list(step) == ["escalate"]:
            at = place_of(self._node, [*path, "escalate"])
            require_known(self._names, self._findings, "team", step["escalate"], at)
            return MissedStep(action="escalate", team=step["escalate"])
        self._unknown(step, path, ["remind", "re-route", "escalate: <team>"])
        return None

    def _unknown(self, step: Step, path: list[int | str], steps: list[str]) -> None:
        at = place_of(self._node, path)
        if isinstance(step, dict) and len(step) > 1:
            listed = ", ".join(f"{word}: {about}" for word, about in step.items())
            message, remedy = f"{' and '.join(step)} stand in one step", f"Write them as a list: [{listed}]"
            self._findings.error(Code.WRONG_SHAPE, at, message, remedy)
        else:
            given = step if isinstance(step, str) else ", ".join(step)
            self._findings.unknown(Code.UNKNOWN_KEY, at, "step", given, steps)


def _useless(step: NobodyStep, before: NobodyStep | None, asked: Sequence[str]) -> tuple[str, str] | None:
    """What is wrong with a step that changes nothing, and what to do."""
    if before is not None and before.action == "queue":
        return f"it never comes to this step: queue '{before.key}' takes every lead", "Remove it, or put it before"
    if step.action == "wait" and before is not None and before.action == "wait":
        return "`wait` twice: for whoever was not worth waiting for, nobody waits", "Remove one of them"
    if step.action == "wait" and not asked:
        return "there is nobody to wait for: nobody was asked who may come back", "Write `next: <team>` before it"
    if step.action == "next" and step.key in asked:
        return f"team '{step.key}' was asked already", "Name another team, or remove the step"
    return None
