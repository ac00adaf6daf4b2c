"""Findings in SARIF 2.1.0, the form in which code hosts show them beside the lines of a change."""

import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from sarif_pydantic import (
    ArtifactLocation,
    Level,
    Location,
    Message,
    PhysicalLocation,
    Region,
    ReportingConfiguration,
    ReportingDescriptor,
    Result,
    Run,
    Sarif,
    Tool,
    ToolDriver,
)

from rules.engine.finding_codes import CODES
from rules.engine.findings import Code, Finding
from rules.engine.sources import TABLE_ENDING

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": Level.ERROR, "warning": Level.WARNING}
_CODES = list(CODES)


def sarif_of(findings: Iterable[Finding], folder: Path) -> str:
    """The report as JSON. Paths are relative to the current folder, where the rules folder lies below it."""
    driver = ToolDriver(name="leadflow rules check", version=version("leadflow"), rules=list(_rules()))
    results = [_result(finding, folder) for finding in findings]
    report = Sarif(schema_uri=SCHEMA, version="2.1.0", runs=[Run(tool=Tool(driver=driver), results=results)])
    return f"{report.model_dump_json(by_alias=True, exclude_none=True, indent=2)}\n"


def _rules() -> Iterator[ReportingDescriptor]:
    for code, row in CODES.items():
        yield ReportingDescriptor(
            id=code,
            name=_camel(code),
            short_description=Message(text=row.title),
            full_description=Message(text=row.meaning),
            help=Message(text=row.remedy, markdown=f"{row.meaning}\n\n**What to do:** {row.remedy}"),
            default_configuration=ReportingConfiguration(level=_LEVELS[row.severities[0]]),
        )


def _camel(code: Code) -> str:
    return "".join(word.capitalize() for word in code.name.split("_"))


def _result(finding: Finding, folder: Path) -> Result:
    # In a rule table the column counts cells, which SARIF would take for characters.
    column = None if finding.file.endswith(TABLE_ENDING) else finding.column
    place = PhysicalLocation(
        artifact_location=ArtifactLocation(uri=_uri(folder / finding.file)),
        region=Region(start_line=finding.line, start_column=column),
    )
    return Result(
        rule_id=finding.code,
        rule_index=_CODES.index(finding.code),
        level=_LEVELS[finding.severity],
        message=Message(text=f"{finding.message}. {finding.remedy}"),
        locations=[Location(physical_location=place)],
    )


def _uri(path: Path) -> str:
    """The path as a relative address, or a whole one where it does not lie below the current folder."""
    relative = Path(os.path.relpath(path.resolve()))
    return path.resolve().as_uri() if ".." in relative.parts else quote(relative.as_posix())
