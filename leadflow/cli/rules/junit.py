"""A run of the examples as JUnit XML, which CI systems show as a list of tests."""

from io import BytesIO

from junitparser import Attr, Failure, IntAttr, JUnitXml, TestCase, TestSuite

from leadflow.cli.rules.examples_report import ExamplesReport, Run
from leadflow.cli.rules.failure import printable
from rules.analysis.coverage import Count


class _Case(TestCase):
    """A test case that says where it stands, as CI systems read it."""

    file = Attr()
    line = IntAttr()


def junit_of(report: ExamplesReport) -> str:
    """One test suite a rule file, one test case an example; coverage, where it was asked for, as properties."""
    document = JUnitXml("leadflow rules test")
    for file in report.files:
        suite = TestSuite(file)
        for name, value in _properties(report, file).items():
            suite.add_property(name, value)
        suite.add_testcases([_case(run) for run in report.runs if run.result.file == file])
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    written = BytesIO()
    document.write(written)
    return f"{written.getvalue().decode()}\n"


def _case(run: Run) -> _Case:
    result = run.result
    case = _Case(printable(result.name), result.file.removesuffix(".yaml").replace("/", "."), round(run.seconds, 6))
    case.file, case.line = result.file, result.line
    if run.failure:
        failure = Failure(printable("; ".join(result.differences)), "difference")
        failure.text = run.failure
        case.result = [failure]
    return case


def _properties(report: ExamplesReport, file: str) -> dict[str, str]:
    if report.coverage is None:
        return {}
    own = next(covered for covered in report.coverage.files if covered.file == file)
    counts: dict[str, Count] = {
        "coverage": own.total, "coverage.rules": own.rules, "coverage.conditions": own.conditions,
        "coverage.otherwise": own.otherwise, "coverage.together": report.coverage.total,
    }  # fmt: skip
    return {name: f"{count.percent}" for name, count in counts.items()}
