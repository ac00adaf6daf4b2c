"""leadflow rules test: do the examples beside the rules come out as they say?"""

import typer

from leadflow.cli.output import Format, FormatOption, print_json, say
from leadflow.cli.rules.folder import FolderOption, rules_folder
from rules.engine.examples import ExampleResult, run_examples
from rules.engine.rules_engine import RulesEngine


def test(folder: FolderOption = None, format: FormatOption = Format.TEXT) -> None:
    """Run the examples that stand beside the rules."""
    results = run_examples(RulesEngine.load(rules_folder(folder)))
    failed = [result for result in results if not result.passed]
    if format is Format.JSON:
        print_json(results)
    else:
        for result in failed:
            _print_failure(result)
        say(f"{len(results) - len(failed)} examples passed, {len(failed)} failed")
    raise typer.Exit(1 if failed else 0)


def _print_failure(result: ExampleResult) -> None:
    say(f"FAILED {result.file}:{result.line} {result.name}")
    for difference in result.differences:
        say(f"  {difference}")
    say(f"  {result.decision.reason}")
