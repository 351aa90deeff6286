"""Reads a list literal of chat messages as templates: text, fields of `entry`, and the place of the frames.

Text is a string literal, an f-string whose places are `{entry['FIELD']}`, or several of them in a row or joined
with `+`. Frames are image parts made of each frame's base64 text::

    *[{"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{b64}"}} for b64 in frames]

or the same by `map` with a lambda, as a list joined with `+`, or under a name: `*frames`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, cast

from cuewise.interop.prompts import (
    EntryField,
    FieldPiece,
    FramesPlace,
    PromptMessage,
    TextPiece,
    TextTemplate,
)
from cuewise.interop.scope import Scope, described
from cuewise.samples.files import is_encodable
from cuewise.samples.problems import printable

_ROLES: Final = ("system", "user", "assistant")
_IMAGE_URLS: Final = ("data:image/jpeg;base64,", "data:image/jpg;base64,")
_SPEAKING: Final = ("frame", "image", "img")
"""What the name of image parts has in it, where what the name stands for cannot be seen."""
_TEXT: Final = "a string or an f-string with nothing but {entry['FIELD']} in its braces"
_DATA_URL: Final = 'f"data:image/jpeg;base64,{...}" with one frame'
_FRAMES: Final = (
    "image parts made by a comprehension over the frames, by map, or under a name such as `frames`"
)


def read_messages(node: ast.List, scope: Scope) -> tuple[PromptMessage, ...]:
    """The messages of a list literal.

    Raises:
        InputError: it has another shape; the message says where, what was found and what was expected.
    """
    return tuple(_message(item, scope) for item in node.elts)


def _message(node: ast.expr, scope: Scope) -> PromptMessage:
    if not isinstance(node, ast.Dict):
        raise scope.fault(node, described(node), 'a message {"role": ..., "content": ...}')
    items = _items(node, ("role", "content"), scope)
    role = items["role"].value if isinstance(items["role"], ast.Constant) else None
    if role not in _ROLES:
        found = f"the role {printable(role, limit=40)}" if isinstance(role, str) else described(items["role"])
        raise scope.fault(items["role"], found, f"the role {', '.join(_ROLES)}")
    return PromptMessage(
        role=cast(Literal["system", "user", "assistant"], role),
        parts=tuple(_content(items["content"], scope)),
    )


def _items(node: ast.Dict, keys: Sequence[str], scope: Scope) -> dict[str, ast.expr]:
    """The values of a dict literal that has these keys and no other, each once."""
    found: dict[str, ast.expr] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = key.value if isinstance(key, ast.Constant) else None
        if not isinstance(name, str) or name not in keys:
            told = f"the key {printable(name, limit=40)}" if isinstance(name, str) else described(key)
            raise scope.fault(key or value, told, f"the keys {', '.join(keys)} alone")
        if name in found:
            raise scope.fault(value, f"the key {name} twice", "it once")
        found[name] = value
    if missing := [key for key in keys if key not in found]:
        raise scope.fault(node, f"no key {missing[0]}", f"the keys {', '.join(keys)}")
    return found


def _content(node: ast.expr, scope: Scope) -> Iterator[TextTemplate | FramesPlace]:
    addends = _addends(node)
    if any(isinstance(addend, ast.List) for addend in addends):
        for addend in addends:
            if not isinstance(addend, ast.List):
                yield _frames(addend, scope)
            elif not addend.elts:
                raise scope.fault(addend, "an empty list", "parts")
            else:
                yield from (_part(item, scope) for item in addend.elts)
    elif any(isinstance(addend, ast.Constant | ast.JoinedStr) for addend in addends):
        yield _text(addends, scope)
    else:
        raise scope.fault(node, described(node), f"{_TEXT}, or a list of parts")


def _addends(node: ast.expr) -> list[ast.expr]:
    """What `+` joins, in order. Not recursive: a file may join more than Python can nest."""
    pending, addends = [node], []
    while pending:
        match pending.pop():
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                pending += [right, left]
            case other:
                addends.append(other)
    return addends


def _part(node: ast.expr, scope: Scope) -> TextTemplate | FramesPlace:
    if isinstance(node, ast.Starred):
        return _frames(node.value, scope)
    if not isinstance(node, ast.Dict):
        raise scope.fault(
            node, described(node), 'a part {"type": "text", "text": ...} or unpacked image parts'
        )
    items = _items(node, ("type", "text"), scope)
    _check_type(items["type"], "text", scope)
    return _text(_addends(items["text"]), scope)


def _check_type(node: ast.expr, wanted: str, scope: Scope) -> None:
    if not isinstance(node, ast.Constant) or node.value != wanted:
        raise scope.fault(node, "another type of part", f'"type": "{wanted}"')


def _text(addends: Iterable[ast.expr], scope: Scope) -> TextTemplate:
    pieces: list[TextPiece | FieldPiece] = []
    words = ""
    for node in _string_parts(addends):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if not is_encodable(node.value):
                raise scope.fault(node, "half of a surrogate pair in a string", "text")
            words += node.value
            continue
        quoted = _field(node, scope)
        if words:
            pieces.append(TextPiece(text=words))
        pieces.append(FieldPiece(field=quoted))
        words = ""
    if words:
        pieces.append(TextPiece(text=words))
    return TextTemplate(pieces=tuple(pieces))


def _string_parts(addends: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Strings and places of f-strings, in order; anything else as it stands."""
    for addend in addends:
        if isinstance(addend, ast.JoinedStr):
            yield from addend.values
        else:
            yield addend


def _field(node: ast.expr, scope: Scope) -> EntryField:
    """The field that a place of an f-string quotes."""
    if not isinstance(node, ast.FormattedValue):
        raise scope.fault(node, described(node), _TEXT)
    place = _plain(node, scope)
    match place:
        case ast.Subscript(value=ast.Name(id="entry"), slice=ast.Constant(value=str() as name)):
            if name not in scope.fields:
                found = f"the field entry['{printable(name, limit=40)}']"
                raise scope.fault(
                    place, found, " or ".join(f"entry['{known}']" for known in sorted(scope.fields))
                )
            scope.quoted.add(EntryField(name))
            return EntryField(name)
    raise scope.fault(place, f"{described(place)} in an f-string", "entry['FIELD'] alone")


def _plain(node: ast.FormattedValue, scope: Scope) -> ast.expr:
    """What stands in a place of an f-string, which formats it in no special way."""
    if node.conversion != -1:
        raise scope.fault(node, f"the conversion !{chr(node.conversion)} in an f-string", "none")
    if node.format_spec is not None:
        raise scope.fault(node, "a format specification in an f-string", "none")
    return node.value


def _frames(node: ast.expr, scope: Scope) -> FramesPlace:
    """The place of the frames, where an expression makes an image part of each."""
    if isinstance(node, ast.Name):
        node = _named(node, scope)
    match node:
        case ast.Call(func=ast.Name(id="list"), args=[inner], keywords=[]):
            node = inner
    match node:
        case ast.Name():  # speaks for itself
            pass
        case (
            ast.ListComp(
                elt=part, generators=[ast.comprehension(target=ast.Name(id=name), iter=ast.Name(), ifs=[])]
            )
            | ast.GeneratorExp(
                elt=part, generators=[ast.comprehension(target=ast.Name(id=name), iter=ast.Name(), ifs=[])]
            )
            | ast.Call(
                func=ast.Name(id="map"),
                args=[ast.Lambda(args=ast.arguments(args=[ast.arg(arg=name)]), body=part), ast.Name()],
                keywords=[],
            )
        ):
            _check_image(part, name, scope)
        case _:
            raise scope.fault(node, described(node), _FRAMES)
    scope.frames = True
    return FramesPlace(frames="all")


def _named(node: ast.Name, scope: Scope) -> ast.expr:
    """What a name stands for; the name itself where that cannot be seen, but the name speaks of frames."""
    names, name = scope.names, node.id
    if name in names.changed or names.bound[name] > 1:
        raise scope.fault(node, f"{described(node)}, which is changed on the way", _FRAMES)
    value = names.values.get(name)
    hidden = isinstance(value, ast.Call) and not (
        isinstance(value.func, ast.Name) and value.func.id in {"list", "map"}
    )
    passed_in = name in names.parameters and not names.bound[name]
    if (hidden or passed_in) and any(word in name.lower() for word in _SPEAKING):
        return node
    if value is None or hidden:
        raise scope.fault(node, described(node), _FRAMES)
    return value


def _check_image(node: ast.expr, name: str, scope: Scope) -> None:
    """Make sure that a part is an image made of one frame and nothing else."""
    if not isinstance(node, ast.Dict):
        raise scope.fault(node, described(node), 'a part {"type": "image_url", "image_url": {"url": ...}}')
    items = _items(node, ("type", "image_url"), scope)
    _check_type(items["type"], "image_url", scope)
    if not isinstance(items["image_url"], ast.Dict):
        raise scope.fault(items["image_url"], described(items["image_url"]), '{"url": ...}')
    url = _items(items["image_url"], ("url",), scope)["url"]
    match [
        _plain(part, scope) if isinstance(part, ast.FormattedValue) else part
        for part in _string_parts(_addends(url))
    ]:
        case [ast.Constant(value=before), ast.Name(id=shown)] if before in _IMAGE_URLS and shown == name:
            return
    raise scope.fault(url, "another address of an image", _DATA_URL)
