"""Trying rules out in a process of their own before they decide about leads: what crashes or hangs the native engine
there harms nobody.

`python -m rules.engine.trial` is that process. It reads a rule set from stdin, checks and compiles it, asks every file
at least once, decides the examples, and ends with 0, or with REFUSED and the reason on stdout.
"""

import asyncio
import resource
import signal
import sys
from asyncio.subprocess import PIPE, Process

import orjson

from crm.errors import LeadflowError, Misconfigured, Unavailable
from rules.engine.examples import run_examples
from rules.engine.rules_engine import RulesEngine
from rules.engine.sources import RuleSources

LIMIT_SECONDS = 30.0
LIMIT_BYTES = 4 * 1024**3
REFUSED = 3
_BYTES = "latin-1"  # each byte as the character of its number: files that are no UTF-8 get through, too


async def try_out(sources: RuleSources, name: str) -> None:
    """Load and use the rules elsewhere; messages speak of them as `name`.

    Raises Misconfigured where they do not check, and Unavailable where the trial crashed, took longer than
    LIMIT_SECONDS or could not begin: a machine that is short of memory or time may pass it later.
    """
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", __name__, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except OSError as error:
        raise Unavailable(f"{name} could not be tried out: {error.strerror}.") from None
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            said, failure = await child.communicate(_packed(sources, name))
    except TimeoutError:
        raise Unavailable(f"{name} hang the rules engine: trying them out took over {LIMIT_SECONDS:.0f} s.") from None
    finally:
        await _end(child)
    if child.returncode == REFUSED:
        raise Misconfigured(said.decode())
    if child.returncode:
        raise Unavailable(f"{name} crash the rules engine: trying them out ended {_end_of(child, failure)}.")


async def _end(child: Process) -> None:
    if child.returncode is None:
        child.kill()
        await child.wait()


def _end_of(child: Process, failure: bytes) -> str:
    """How the trial ended: the signal, else the last line that it printed."""
    code = child.returncode or 0
    if code < 0:
        return f"by {signal.Signals(-code).name}"
    lines = failure.decode(errors="replace").strip().splitlines()
    return f"with exit code {code} ({lines[-1] if lines else 'without a word'})"


def _packed(sources: RuleSources, name: str) -> bytes:
    files = {file: content.decode(_BYTES) for file, content in sources.files.items()}
    return orjson.dumps([name, files, dict(sources.unreadable)])


def _unpacked(packed: bytes) -> tuple[RuleSources, str]:
    name, files, unreadable = orjson.loads(packed)
    return RuleSources({file: content.encode(_BYTES) for file, content in files.items()}, unreadable), name


def _use(engine: RulesEngine) -> None:
    """Ask every file of every chain, and decide every example."""
    directory = engine.directory
    engine.decide({})
    for section in ("business_unit", "channel_partner"):
        for key in getattr(directory, f"{section}s"):
            engine.decide({section: key})
    run_examples(engine)


def _main() -> int:
    signal.alarm(round(2 * LIMIT_SECONDS))  # whoever started the trial may be gone by then
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        _use(RulesEngine.of(*_unpacked(sys.stdin.buffer.read())))
    except LeadflowError as error:
        sys.stdout.buffer.write(str(error).encode(errors="replace"))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(_main())
