"""Past leads, to be decided again: the facts of each lead's first decision, and what happened then.

A lead counts once, in the period of its first decision: later ones came about because somebody declined it or let its
time run out, and say more about people than about rules. Nothing here writes.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import batched_ids
from typing import Any
from uuid import UUID
