"""The one place that calls durable-rules, in the narrow way in which it is right and fast.

Its C functions are called directly: no host, no threads of its own. Each shard is a ruleset with one context, "0",
that is primed when it is made. A lead is an event: the first rule by priority answers, then the event is gone. A number
in each message shows that an answer belongs to this lead. A shard whose sequence of calls broke off stays marked and is
reset before its next lead; a lock keeps sequences of two threads apart.
"""

import weakref
from collections.abc import Mapping
from itertools import count
from threading import Lock
from typing import Any

import orjson

from crm.errors import Misconfigured, Unavailable
from rules.engine.compiler import CompiledRuleSet, Shard

_CONTEXT = "0"
_PRIME = '{"_prime":1}'
_MATCHED = 0
_NO_RULE = 1
_names = count()


class EngineFault(Unavailable):
    """durable-rules answered in a way that cannot be trusted; the shard is reset before its next lead."""


def _library() -> Any:
    """durable-rules' C module. Raises Misconfigured with the remedy where it was built wrongly."""
    try:
        import durable_rules_engine
    except ImportError as error:
        raise Misconfigured(
            f"durable-rules cannot be loaded ({error}); rebuild it: CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject "
            "pip install --force-reinstall --no-deps --no-binary :all: durable-rules==2.0.28"
        ) from None
    return durable_rules_engine


class _Ruleset:
    """One shard's C ruleset. `dirty` is set while a sequence of calls is under way."""

    __slots__ = ("dirty", "engine", "handle", "primed", "shard")

    def __init__(self, engine: Any, shard: Shard) -> None:
        self.engine = engine
        self.shard = shard
        self.create()

    def create(self) -> None:
        self.primed = False
        self.handle = self.engine.create_ruleset(f"leadflow-{next(_names)}", self.shard.definition)
        self.prime()

    def prime(self) -> None:
        """Makes the context and runs one action in it: C may only delete a context that has run one."""
        code, offset = self.engine.assert_event(self.handle, _PRIME)
        if code != _MATCHED or self.engine.start_action_for_state(self.handle, offset) is None:
            raise EngineFault(f"durable-rules did not prime a ruleset (code {code})")
        self.engine.complete_and_start_action(self.handle, offset)
        self.primed = True
        self.dirty = False

    def reset(self) -> None:
        """A fresh context: whatever a broken sequence left behind is gone."""
        if not self.primed:
            self.create()  # the half-made ruleset is given up: deleting its context could crash
            return
        self.primed = False
        self.engine.delete_state(self.handle, _CONTEXT)
        self.prime()


class Matcher:
    """Matches leads against one compiled file. Use from any thread; a lead waits for the one before it."""

    def __init__(self, compiled: CompiledRuleSet) -> None:
        engine = _library()
        self._lock = Lock()
        self._nonce = count(1)
        self._closed = False
        rulesets: list[_Ruleset] = []
        self._rulesets = rulesets
        self._finalizer = weakref.finalize(self, _delete, engine, rulesets)
        for shard in compiled.shards:
            rulesets.append(_Ruleset(engine, shard))

    def first(self, facts: Mapping[str, Any]) -> int | None:
        """The index of the first rule in order that matches, or None. Raises EngineFault."""
        with self._lock:
            if self._closed:
                raise EngineFault("the rules engine is closed; load it again")
            try:
                for ruleset in self._rulesets:
                    index = self._asked(ruleset, facts)
                    if index is not None:
                        return index
            except EngineFault:
                raise
            except Exception as error:
                raise EngineFault(f"durable-rules failed: {type(error).__name__}") from error
        return None

    def reset(self) -> None:
        """Gives every shard a fresh context before its next lead."""
        with self._lock:
            for ruleset in self._rulesets:
                ruleset.dirty = True

    def close(self) -> None:
        """Frees the C memory. Without it, that happens when nobody holds the matcher any more."""
        with self._lock:
            self._closed = True
            self._finalizer()

    def _asked(self, ruleset: _Ruleset, facts: Mapping[str, Any]) -> int | None:
        """One sequence of calls: assert, start, complete."""
        engine, shard = ruleset.engine, ruleset.shard
        message = shard.message(facts)
        message["_n"] = next(self._nonce)
        text = orjson.dumps(message).decode()
        if ruleset.dirty:
            ruleset.reset()
        ruleset.dirty = True
        handle = ruleset.handle
        code, offset = engine.assert_event(handle, text)
        if code == _NO_RULE:
            ruleset.dirty = False
            return None
        answer = engine.start_action_for_state(handle, offset) if code == _MATCHED else None
        if answer is None or text not in answer[1]:
            raise EngineFault(f"durable-rules gave no answer for this lead (code {code})")
        if engine.complete_and_start_action(handle, offset) is not None:
            raise EngineFault("durable-rules has more than one answer pending for one lead")
        ruleset.dirty = False
        return shard.first + int(answer[1][3 : answer[1].index('"', 3)])


def _delete(engine: Any, rulesets: list[_Ruleset]) -> None:
    """The context first, then the ruleset: in this order nothing leaks."""
    for ruleset in rulesets:
        if ruleset.primed:
            engine.delete_state(ruleset.handle, _CONTEXT)
            engine.delete_ruleset(ruleset.handle)
    rulesets.clear()
