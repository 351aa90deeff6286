"""Labels: which of them a text names, which of them an answer settles on, and what they have in common.

`sets` holds candidates and `concepts` the words and meanings of `taxonomy.toml`; `forms` works out which words name a
candidate, with `inflections` that the taxonomy does not list, `names` finds them in a text and `denials`
tells which are taken back. `statements` finds the place where an answer commits itself, worded as in `wordings`, or
`refusals` that it declines to; `reading` puts all together for one sample.
`taxonomy` says which labels are of one family, valence or scale.
"""

from cuewise.labels.names import find_labels, same_label
from cuewise.labels.sets import LabelSet, candidates_of
from cuewise.labels.statements import find_final_statement, joined_announcements, read_final_labels

__all__ = [
    "LabelSet",
    "candidates_of",
    "find_final_statement",
    "find_labels",
    "joined_announcements",
    "read_final_labels",
    "same_label",
]
