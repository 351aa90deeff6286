"""What a line of progress says."""

from __future__ import annotations

from collections import Counter

from cuewise.runs.caller import CallTally
from cuewise.runs.progress import describe


def test_one_is_told_as_one() -> None:
    tally = CallTally(made=1, reused=1200, failed_attempts=1, batches=1, batched=8)
    kinds = Counter(scored=2, refused=2, evidence_failure=5, missing_clip=1)
    assert describe(kinds, 12, tally) == (
        "10/12 samples, 1 call made, 1,200 reused, 1 failed try, waiting for 1 batch, 0 of 8 calls done;"
        " 5 evidence failures, 1 missing clip, 2 refused"
    )
    assert describe(Counter(), 12, CallTally(made=2, failed_attempts=2)) == (
        "0/12 samples, 2 calls made, 0 reused, 2 failed tries"
    )
