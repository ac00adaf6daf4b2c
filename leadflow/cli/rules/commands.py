"""The commands under `leadflow rules`."""

from leadflow.cli.lazy import LazyCommand, group

HERE = "leadflow.cli.rules"

rules = group(
    "rules",
    "Write, check, test, explain and try the routing rules.",
    LazyCommand(
        "init",
        f"{HERE}.init:init",
        "Write a starter file for a business unit or a partner: it passes the check, and its examples come out.",
    ),
    LazyCommand(
        "check",
        f"{HERE}.check:check",
        "Check every rule file; each finding names its place, what is wrong, and what to do.",
    ),
    LazyCommand("test", f"{HERE}.test:test", "Run the examples that stand beside the rules."),
    LazyCommand("fmt", f"{HERE}.fmt:fmt", "Put rule files into the usual order and layout."),
    LazyCommand(
        "schema",
        f"{HERE}.schema:schema",
        "Write the schemas by which an editor completes and explains rule files.",
    ),
    LazyCommand(
        "explain",
        f"{HERE}.explain:explain",
        "Say where a lead goes, or went, and why: every file, rule and condition, who gets it, and by when.",
    ),
    LazyCommand(
        "diff",
        f"{HERE}.diff:diff",
        "Say what changed between two versions of the rules, in meaning, and which leads will fare differently.",
    ),
    LazyCommand(
        "status",
        f"{HERE}.status:status",
        "Show by which rules each worker decides, whether it refuses the files, and what the files are now.",
    ),
    LazyCommand(
        "backtest",
        f"{HERE}.backtest:backtest",
        "Decide past leads by the edited rules and show what would come out otherwise. Nothing is written.",
    ),
    group(
        "shadow",
        "Candidate rules that decide beside the live ones, and change nothing.",
        LazyCommand(
            "start",
            f"{HERE}.shadow:start",
            "Let candidate rules decide every lead beside the live rules, from now on.",
        ),
        LazyCommand(
            "report",
            f"{HERE}.shadow:report",
            "Count and list the leads that the rules in the shadow would have sent elsewhere, of the newest trial.",
        ),
        LazyCommand("stop", f"{HERE}.shadow:stop", "End the trial of the rules in the shadow."),
    ),
    LazyCommand(
        "impact",
        f"{HERE}.impact:impact",
        "List the leads that a version of the rules decided, and what today's rules would do with them.",
    ),
)
