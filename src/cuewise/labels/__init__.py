"""Labels: which of them a text names, which of them an answer settles on, and what they have in common.

`names` finds the words, `statements` the place where an answer commits itself, `reading` puts both together for
one sample, `taxonomy` says which words mean the same and which labels are of one family or valence.
"""

from cuewise.labels.names import find_labels, same_label
from cuewise.labels.statements import find_final_statement, joined_announcements, read_final_labels

__all__ = [
    "find_final_statement",
    "find_labels",
    "joined_announcements",
    "read_final_labels",
    "same_label",
]
