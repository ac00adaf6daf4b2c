"""The words that rule files use beside fields and names, with what they mean; and what an editor may insert at once."""

from collections.abc import Mapping
from typing import Any

from rules.strategies import STRATEGIES

WORDS: Mapping[str, Mapping[str, str]] = {
    "hit_policy": {
        "first": "The first rule in the file that matches decides",
        "unique": "As first; and a lead that matches two rules is marked in its decision",
        "priority": "Of the rules that match, the one with the lowest rank decides",
    },
    "priority": {
        "hot": "Urgent: shown first",
        "normal": "What a lead gets if nothing is said",
        "bulk": "Can wait",
    },
    "during": {"working_hours": "Only members whose working hours it is may get the lead"},
    "if_missed": {
        "remind": "Remind the owner; the time runs once more",
        "re-route": "Give the lead to someone who has not had it",
    },
    "if_nobody": {"wait": "Wait until somebody may get it; then the rules are asked again"},
    "duplicates": {
        "link": "It goes to whoever has the first one, and takes no turn",
        "merge": "Its values go into the first one, and it is closed",
        "route": "It is routed as if it were alone; what happens if nothing is said",
    },
    "reroute_on_edit": {
        "until_accepted": "It moves as long as nobody has accepted it; what a lead does if nothing is said",
        "always": "It moves even after somebody has accepted it",
        "never": "It stays where it is",
    },
    "missed_turns": {
        "skip": "They are gone; what happens if nothing is said",
        "keep": "One of them is made up for when the member is back",
        "pay_back": "All of them are made up for, one after the other",
    },
    "use": {
        "business_unit": "In a partner's file: go on to the file of the lead's business unit",
        "parent": "In a unit's file: go on to the file of the parent unit, in the end to default.yaml",
    },
    "group": {
        "all": "All of these must hold",
        "any": "At least one of these must hold",
        "none": "None of these may hold",
    },
}
"""By key, or what the words have in common."""

SNIPPETS: Mapping[str, Mapping[str, Any]] = {
    "rule": {
        "label": "a rule",
        "description": "A rule that gives leads to a team",
        "body": {
            "id": "$1",
            "description": "$2",
            "when": {"$3": "$4"},
            "then": {"assign_to": {"team": "$5", "strategy": "round_robin"}},
        },
    },
    "example": {
        "label": "an example",
        "description": "A lead, and what must happen to it",
        "body": {"name": "$1", "lead": {"$2": "$3"}, "expect": {"rule": "$4"}},
    },
}


def strategies() -> dict[str, str]:
    """Each strategy with the first sentence of what its function says about itself."""
    return {name: (strategy.__doc__ or "").partition(".")[0] for name, strategy in STRATEGIES.items()}
