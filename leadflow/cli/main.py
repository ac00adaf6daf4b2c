"""The `leadflow` command: checks that it can run here, runs what was asked, turns errors into one clear sentence."""

import gc
import os
import sys

SUPPORTED = ((3, 11), (3, 13))


def main() -> None:
    """Entry point. Exit codes: 0 done, 1 refused or failed (stderr says why), 2 wrong usage, 130 interrupted."""
    code = run(sys.argv[1:])
    # Temporal's client can crash while Python shuts down (temporalio/sdk-python#300): leave without that phase.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """Run one command in this process, and return its exit code."""
    if not SUPPORTED[0] <= sys.version_info[:2] <= SUPPORTED[1]:
        found = ".".join(map(str, sys.version_info[:2]))
        print(
            f"leadflow needs Python 3.11, 3.12 or 3.13; this is {found}. Run 'make install PYTHON=python3.11'.",
            file=sys.stderr,
        )
        return 1
    from crm.errors import LeadflowError
    from leadflow.cli.app import app

    # A large rule book is half a million objects that all stay: looking through them again and again takes long.
    gc.set_threshold(50_000, 20, 100)
    try:
        app(arguments, prog_name="leadflow")
    except LeadflowError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 1
    except SystemExit as exit:
        return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    return 0


if __name__ == "__main__":
    main()
