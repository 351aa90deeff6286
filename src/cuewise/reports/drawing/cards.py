"""Galleries made ready for the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from cuewise.reports.blocks import Card, Gallery
from cuewise.reports.drawing.addresses import OWN_ADDRESS

_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True, slots=True)
class CardView:
    """A card; every text in it is still to be escaped."""

    title: str
    href: str
    """Empty where it links to no place of ours."""
    above: str
    lines: tuple[tuple[str, str], ...]
    picture: str
    """A `data:` address, which is all that the page may load; empty for none."""
    spoken: str


@dataclass(frozen=True, slots=True)
class GalleryView:
    """Cards side by side."""

    id: str
    title: str
    note: str
    cards: tuple[CardView, ...]
    kind: Literal["gallery"] = "gallery"


def gallery_view(gallery: Gallery) -> GalleryView:
    """A gallery for the template."""
    return GalleryView(gallery.id, gallery.title, gallery.note, tuple(map(_card_view, gallery.cards)))


def _card_view(card: Card) -> CardView:
    return CardView(
        title=card.title,
        href=card.href if OWN_ADDRESS.fullmatch(card.href) else "",
        above=card.above,
        lines=tuple((name, text) for name, text in card.lines if text),
        picture=f"data:image/jpeg;base64,{card.jpeg}" if _BASE64.fullmatch(card.jpeg) else "",
        spoken=card.spoken,
    )
