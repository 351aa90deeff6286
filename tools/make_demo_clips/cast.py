"""The eight speakers: how each looks and sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Colour = tuple[int, int, int]
"""Red, green, blue; 0 to 255."""
Hair = Literal["long", "curly", "scarf", "short", "bob", "bald", "bun", "parted"]


@dataclass(frozen=True)
class Speaker:
    """One drawn person with one voice."""

    name: str
    voice: str
    """eSpeak NG voice and variant. Some variants (f2, f3, f5, Alicia) sound different in each process: avoid them."""
    pitch: int
    """Base pitch on eSpeak's scale, 0 to 99."""
    pitch_range: int
    """Liveliness of the melody on eSpeak's scale, 0 to 99."""
    skin: Colour
    hair_colour: Colour
    hair: Hair
    lips: Colour
    iris: Colour
    clothes: Colour
    collar: Literal["round", "vee", "shirt", "hood"]
    background: tuple[Colour, Colour]
    """Colour at the top and at the bottom."""
    width: float
    """Half-width of the face at the cheeks, in units of half its height."""
    jaw: float
    """0 is a pointed chin, 1 a square one."""
    brow_weight: float
    """Thickness of the eyebrows, 1 is average."""
    glasses: bool = False
    beard: bool = False
    lashes: bool = False
    earrings: bool = False


SPEAKERS: Final = (
    Speaker(
        "ada", "en-us+f1", 50, 45, (243, 205, 178), (132, 58, 34), "long", (196, 92, 92), (74, 122, 84),
        (38, 122, 122), "vee", ((250, 226, 200), (222, 170, 140)), 0.76, 0.25, 0.9, lashes=True,
    ),
    Speaker(
        "ben", "en-us+m3", 50, 45, (122, 78, 52), (30, 24, 24), "curly", (172, 94, 84), (52, 32, 22),
        (226, 124, 44), "round", ((176, 214, 222), (92, 150, 176)), 0.79, 0.6, 1.25,
    ),
    Speaker(
        "cyra", "en-us+linda", 42, 45, (222, 176, 138), (54, 72, 128), "scarf", (186, 88, 84), (84, 52, 30),
        (40, 54, 100), "round", ((232, 224, 246), (176, 160, 214)), 0.74, 0.3, 1.05, lashes=True,
    ),
    Speaker(
        "dov", "en-us+m1", 48, 40, (238, 196, 172), (176, 176, 180), "short", (186, 106, 98), (86, 124, 158),
        (126, 44, 54), "shirt", ((220, 226, 214), (146, 164, 142)), 0.78, 0.75, 1.15, glasses=True,
    ),
    Speaker(
        "emi", "en-us+f4", 54, 45, (246, 214, 182), (28, 26, 34), "bob", (204, 96, 96), (48, 32, 26),
        (240, 190, 66), "round", ((206, 236, 226), (130, 190, 176)), 0.75, 0.2, 0.85, lashes=True,
    ),
    Speaker(
        "filip", "en-us+m7", 50, 45, (196, 142, 104), (48, 34, 28), "bald", (168, 92, 82), (70, 48, 30),
        (72, 118, 66), "hood", ((246, 232, 190), (214, 176, 104)), 0.80, 0.7, 1.2, beard=True,
    ),
    Speaker(
        "gia", "en-us+steph", 54, 45, (98, 62, 44), (22, 18, 20), "bun", (178, 80, 90), (42, 26, 18),
        (190, 54, 118), "vee", ((252, 222, 214), (236, 160, 142)), 0.74, 0.3, 1.0, lashes=True, earrings=True,
    ),
    Speaker(
        "hugo", "en-us+Reed", 50, 45, (250, 216, 196), (226, 180, 96), "parted", (206, 116, 110), (70, 112, 170),
        (62, 98, 172), "shirt", ((204, 218, 244), (132, 152, 208)), 0.77, 0.5, 1.0, glasses=True,
    ),
)  # fmt: skip
