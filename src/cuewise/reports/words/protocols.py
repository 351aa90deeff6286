"""The rules of each protocol, in a sentence or two."""

from __future__ import annotations

from typing import Final

from cuewise.records import Protocol

NAMES: Final = {Protocol.MME_EMOTION: "paper’s rules", Protocol.GROUNDED: "grounded"}
"""As a reader meets them in tables, beside the protocol's own name."""

NAMES_IN_FULL: Final = {Protocol.MME_EMOTION: "mme-emotion (paper’s rules)", Protocol.GROUNDED: "grounded"}
"""Where the protocol's own name stands nowhere else."""

SCORED_BY: Final = {Protocol.MME_EMOTION: "the paper’s rules", Protocol.GROUNDED: "the grounded rules"}
"""As they stand in a sentence: scored by …."""

RULES: Final = {
    Protocol.MME_EMOTION: (
        "Under the paper’s rules (mme-emotion) the judge knows the gold label, and a reason earns its point unless it"
        " is clearly contradicted: what nothing can check earns too. The last step names the label; it counts as"
        " recognition, not as a reason."
    ),
    Protocol.GROUNDED: (
        "Under the grounded rules the judge did not know the gold label. A reason earns its point only if it is"
        " supported by evidence that the judge cites, and bears on the label that the answer names. The last step"
        " names the label and earns nothing as a reason. Figures under these rules do not compare with published"
        " ones."
    ),
}
