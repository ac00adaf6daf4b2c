"""How large a rule book may be, so that any set of files is read or refused within seconds and in little memory.

Rules are what costs memory: durable-rules takes some forty kilobytes for each. What one condition or one rule may hold
stands where it is read: `loader.MAX_DEPTH`, `conditions.MAX_VALUES`, `compiler.limit_problem`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.engine.findings import Code, Findings, Place
from rules.engine.loader import Items, Table, Text, YamlNode
from rules.engine.sources import RuleSources

MAX_BOOK_BYTES = 4_000_000
MAX_RULES_IN_FILE = 5_000
MAX_RULES = 10_000
MAX_WORDS = 400_000
MAX_PATTERNS = 1_000


def too_many_bytes(sources: RuleSources, findings: Findings) -> bool:
    """Whether the files together are too large to be read at all; then a finding says where that begins."""
    size = 0
    for name, content in sources.files.items():
        size += len(content)
        if size > MAX_BOOK_BYTES:
            message = f"the rule files together hold more than {MAX_BOOK_BYTES:,} bytes"
            findings.error(Code.TOO_LARGE, Place(name), message, "Remove files or rules that nobody needs")
            return True
    return False


@dataclass
class Size:
    """How much the rule files read so far hold together. Once that is too much, the others need not be read."""

    findings: Findings
    rules: int = 0
    words: int = 0
    patterns: int = 0
    exceeded: bool = False

    def admits(self, nodes: Sequence[YamlNode | None], at: Place) -> bool:
        """Whether the rules of one more file still fit; false after a finding. `at` is where they begin."""
        self.rules += len(nodes)
        for node in nodes:
            self._count(node)
        problem = self._problem(len(nodes))
        if problem:
            self.exceeded = True
            self.findings.error(Code.TOO_LARGE, at, *problem)
        return problem is None

    def _problem(self, in_file: int) -> tuple[str, str] | None:
        if in_file > MAX_RULES_IN_FILE:
            return f"{in_file:,} rules, at most {MAX_RULES_IN_FILE:,} are possible in one file", "Divide the file"
        if self.rules > MAX_RULES:
            return f"more than {MAX_RULES:,} rules in all files together", "Remove rules that nobody needs"
        if self.words > MAX_WORDS:
            message = f"more than {MAX_WORDS:,} names and values in the rules of all files together"
            return message, "Shorten long lists, or compare with a field that says the same"
        if self.patterns > MAX_PATTERNS:
            message = f"more than {MAX_PATTERNS:,} regular expressions in all files together"
            return message, "Write contains, starts_with or ends_with instead"
        return None

    def _count(self, node: YamlNode | None) -> None:
        if isinstance(node, Text):
            self.words += 1
        elif isinstance(node, Items):
            for item in node.items:
                self._count(item)
        elif isinstance(node, Table):
            self.words += len(node.entries)
            self.patterns += "matches" in node.entries
            for value in node.entries.values():
                self._count(value)
