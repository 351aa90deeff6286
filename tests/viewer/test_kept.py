"""What was computed last."""

from __future__ import annotations

from cuewise.viewer.kept import Kept


def test_the_last_that_were_asked_for_are_kept() -> None:
    kept: Kept[str, str] = Kept(2)
    computed = []

    def get(key: str) -> str:
        def compute() -> str:
            computed.append(key)
            return key.upper()

        return kept.get(key, compute)

    assert [get(key) for key in "abab"] == ["A", "B", "A", "B"]
    assert computed == ["a", "b"]
    get("a")
    get("c")  # in the place of b, which was asked for before a
    assert computed == ["a", "b", "c"]
    get("a")
    get("b")
    assert computed == ["a", "b", "c", "b"]
