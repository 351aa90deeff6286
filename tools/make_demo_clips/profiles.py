"""What an emotion, a sentiment or an intent typically looks and sounds like.

A profile names one value per channel of `cues.toml`, in that file's order: brows, eyes, mouth, head, pitch, rate,
loudness. They follow what the literature on facial action units and vocal affect agrees on (e.g. fear and surprise
share wide eyes and an open mouth and part at the brows), simplified to values that a drawing can show.
"""

from __future__ import annotations

from typing import Final

CHANNELS: Final = ("brows", "eyes", "mouth", "head", "pitch", "rate", "loudness")

_TABLE: Final = {
    # emotions
    "neutral": "relaxed steady relaxed upright medium medium medium",
    "anger": "furrowed narrowed pressed shaking low fast loud",
    "frustration": "furrowed downcast pressed shaking low medium loud",
    "annoyance": "furrowed narrowed pressed tilted medium slow medium",
    "happiness": "relaxed steady smiling nodding high medium loud",
    "engagement": "raised steady smiling nodding medium fast medium",
    "affection": "relaxed steady smiling tilted medium slow soft",
    "sadness": "slanted downcast frowning lowered low slow soft",
    "helplessness": "slanted steady frowning shaking low slow soft",
    "fatigue": "relaxed downcast relaxed lowered low slow soft",
    "fear": "slanted wide gaping upright high fast soft",
    "anxiety": "slanted wide pressed tilted high fast soft",
    "surprise": "raised wide gaping upright high medium loud",
    "disgust": "furrowed narrowed sneering shaking low slow medium",
    "contempt": "relaxed narrowed sneering tilted low slow medium",
    "confusion": "furrowed steady relaxed tilted high slow medium",
    "shyness": "relaxed downcast smiling lowered high slow soft",
    # sentiments, from most negative to most positive
    "very strong negative": "furrowed narrowed sneering shaking low fast loud",
    "negative": "furrowed steady frowning shaking low medium medium",
    "weak negative": "relaxed steady frowning tilted medium slow medium",
    "positive": "relaxed steady smiling upright medium medium medium",
    "strong positive": "raised steady smiling nodding high fast loud",
    # intents
    "questioning": "raised steady relaxed tilted high medium medium",
    "consoling": "slanted steady relaxed tilted low slow soft",
    "suggesting": "raised steady relaxed nodding medium medium medium",
    "encouraging": "raised steady smiling nodding high fast loud",
    "agreeing": "relaxed steady smiling nodding medium medium medium",
    "wishing": "slanted steady smiling upright high slow soft",
}


def profile(name: str) -> dict[str, str]:
    """Channel to typical value.

    Raises:
        KeyError: no such profile.
    """
    return dict(zip(CHANNELS, _TABLE[name].split(), strict=True))
