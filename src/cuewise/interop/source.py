"""Reads the messages out of one of the authors' scripts, from its syntax tree. Nothing of it is executed.

The shape: a function with a parameter `entry` makes one list of messages, gives it a name or passes it on at once, and
leaves it as it is::

    def process_entry(model, client, entry):
        messages = [{"role": "user", "content": f"Answer: {entry['model_response']}"}]
        ... client.chat.completions.create(model=model, messages=messages, temperature=0.0)

What stands in the messages is read by `literals`. Whatever could give other messages than those read is refused.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cuewise.errors import InputError
from cuewise.interop.literals import read_messages
from cuewise.interop.prompts import EXTRACT_FIELDS, JUDGE_FIELDS, EntryField, PromptMessage
from cuewise.interop.scope import Names, Scope, described
from cuewise.samples.files import is_encodable
from cuewise.samples.problems import printable

_LARGEST: Final = 2**31
_BRANCHES: Final = (ast.If, ast.Try, ast.For, ast.While, ast.Match)
_OPAQUE: Final = frozenset({"locals", "globals", "vars", "exec", "eval"})  # reach names out of sight


@dataclass(frozen=True)
class Shape:
    """What is expected of a script."""

    function: str
    """Name of the function that makes the messages."""
    fields: frozenset[EntryField]
    """What its messages may quote."""
    needed: EntryField
    """What they must quote."""
    frames: bool
    """Whether they show the frames."""


EXTRACTION: Final = Shape("process_entry", EXTRACT_FIELDS, EntryField.MODEL_RESPONSE, frames=False)
JUDGEMENT: Final = Shape("analyze_video", JUDGE_FIELDS, EntryField.STEP, frames=True)


@dataclass(frozen=True)
class SourcePrompt:
    """What a script sends; the last three as far as the call spells them out."""

    messages: tuple[PromptMessage, ...]
    model: str | None
    temperature: float | None
    max_tokens: int | None


Function = ast.FunctionDef | ast.AsyncFunctionDef
Call = ast.Call | ast.Dict
"""What the messages are passed to: a call's keyword `messages`, or that key of a request's body."""


def read_source(source: str, name: str, shape: Shape) -> SourcePrompt:
    """The prompt of one script.

    Args:
        name: the file, for messages; printable.

    Raises:
        InputError: the script has another shape; the message says at which line, what was found and what was
            expected.
    """
    function = _function(_parse(source, name), name, shape.function)
    parents = {child: node for node in ast.walk(function) for child in ast.iter_child_nodes(node)}
    scope = Scope(name, shape.fields, Names.of(function))
    if "entry" not in scope.names.parameters:
        raise scope.fault(function, f"{shape.function} without a parameter `entry`", "that parameter")
    listed = _message_list(function, scope)
    calls = _calls(listed, function, parents, scope)
    _check_unconditional(listed, parents, scope)
    messages = read_messages(listed, scope)
    _check_entry_untouched(listed, function, parents, scope)
    if shape.needed not in scope.quoted:
        raise scope.fault(listed, "messages that do not quote it", f"entry['{shape.needed}'] in an f-string")
    if shape.frames and not scope.frames:
        raise scope.fault(listed, "messages without frames", "a place for the frames")
    if scope.frames and not shape.frames:
        raise scope.fault(listed, "frames", "messages of text alone")
    passed = dict(_passed(calls[0]))
    return SourcePrompt(
        messages, _model(passed), _temperature(passed.get("temperature")), _count(passed.get("max_tokens"))
    )


def _parse(source: str, name: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a stray backslash in the authors' strings is not ours to report
            return ast.parse(source)
    except SyntaxError as error:
        told = printable(error.msg)
        raise InputError(
            f"{name}, line {error.lineno or 1}: not Python: {told}; fetch the file again"
        ) from error
    except (RecursionError, MemoryError) as error:
        raise InputError(f"{name}: nested too deeply to be read; is it another file?") from error
    except ValueError as error:  # NUL bytes
        raise InputError(f"{name}: not Python: {printable(error)}; fetch the file again") from error


def _function(tree: ast.Module, name: str, wanted: str) -> Function:
    """The one top-level function of that name; makes sure that it is what runs under it."""
    found = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name == wanted]
    if not found:
        raise InputError(f"{name}: no function `{wanted}`, which is expected to make the messages")
    if len(found) > 1:
        lines = ", ".join(str(node.lineno) for node in found)
        raise InputError(f"{name}, lines {lines}: {len(found)} functions `{wanted}`; expected one")
    (function,) = found
    for node in ast.walk(tree):
        if isinstance(node, _BRANCHES) and function in ast.walk(node):
            raise InputError(
                f"{name}, line {function.lineno}: found `{wanted}` under a condition; expected it at the top level"
            )
    for node in ast.walk(tree):
        rebound = isinstance(node, ast.Name) and node.id == wanted and not isinstance(node.ctx, ast.Load)
        imported = isinstance(node, ast.alias) and (node.asname or node.name) == wanted
        if rebound or imported or (isinstance(node, ast.ClassDef) and node.name == wanted):
            line = getattr(node, "lineno", function.lineno)
            raise InputError(f"{name}, line {line}: found `{wanted}` bound again; expected the one function")
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in _OPAQUE:
            raise InputError(
                f"{name}, line {node.lineno}: found `{node.id}`, which may change the messages; expected none"
            )
    return function


def _message_list(function: Function, scope: Scope) -> ast.List:
    """The one list whose members have a role."""
    lists = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.List)
        and any(isinstance(item, ast.Dict) and "role" in _keys(item) for item in node.elts)
    ]
    if not lists:
        expected = 'one list literal of {"role": ..., "content": ...}'
        raise scope.fault(function, f"no list of messages in {function.name}", expected)
    if len(lists) > 1:
        lines = " and ".join(sorted({str(node.lineno) for node in lists}, key=int))
        raise scope.fault(lists[1], f"{len(lists)} lists of messages (at line {lines})", "one")
    return lists[0]


def _calls(listed: ast.List, function: Function, parents: dict[ast.AST, ast.AST], scope: Scope) -> list[Call]:
    """Where the messages go; makes sure that they go there as they were written, and no others do."""
    calls = {
        value: node
        for node in ast.walk(function)
        if isinstance(node, Call)
        for key, value in _passed(node)
        if key == "messages"
    }
    target = _target(parents[listed])
    if target is None and listed not in calls:
        raise scope.fault(listed, "messages in the midst of an expression", "`messages = [...]`")
    named = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and target is not None and node.id == target.id and node is not target
    ]
    for use in named:
        if use not in calls:
            found = f"another use of {described(use)}, which may change the messages"
            raise scope.fault(use, found, "nothing but passing them on as `messages`")
    if not calls:
        raise scope.fault(listed, "messages that are passed to nothing", "a call with `messages`")
    for value in calls:
        if value is not listed and value not in named:
            raise scope.fault(value, f"{described(value)} as `messages`", "the one list of messages")
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and _literal(node.slice) == "messages":
            raise scope.fault(node, "messages taken out again, which may change them", "no such thing")
    return list(calls.values())


def _target(statement: ast.AST) -> ast.Name | None:
    """The name that a statement gives to its value."""
    match statement:
        case ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target):
            return target
    return None


def _passed(call: Call) -> list[tuple[object, ast.expr]]:
    """Names and values of a call's keywords, or keys and values of a request's body."""
    if isinstance(call, ast.Call):
        return [(keyword.arg, keyword.value) for keyword in call.keywords]
    return [(_literal(key), value) for key, value in zip(call.keys, call.values, strict=True)]


def _check_unconditional(listed: ast.List, parents: dict[ast.AST, ast.AST], scope: Scope) -> None:
    for node in _above(listed, parents):
        if isinstance(node, ast.If | ast.IfExp | ast.match_case | ast.Lambda | Function):
            raise scope.fault(
                listed, f"messages under {described(node)}", "the same messages for every entry"
            )


def _above(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """Everything around a node, below the function itself."""
    while (node := parents[node]) in parents:
        yield node


def _check_entry_untouched(
    listed: ast.List, function: Function, parents: dict[ast.AST, ast.AST], scope: Scope
) -> None:
    """What the messages quote must be what the entry came with."""
    in_loop = any(isinstance(node, ast.For | ast.AsyncFor | ast.While) for node in _above(listed, parents))
    for node in ast.walk(function):
        if not isinstance(node, ast.Name) or node.id != "entry":
            continue
        match parents[node]:
            case ast.Subscript(ctx=ast.Load()) | ast.Compare() | ast.Attribute(attr="get"):
                continue
            case ast.Subscript(slice=ast.Constant(value=str() as name)) if name not in scope.fields:
                continue
            case ast.Subscript():
                raise scope.fault(node, "a change of `entry`", "the entry as it came")
        if in_loop or not isinstance(node.ctx, ast.Load) or node.lineno <= (listed.end_lineno or 0):
            raise scope.fault(node, "a use of `entry` that may change it", "the entry as it came")


def _keys(node: ast.Dict) -> set[object]:
    return {_literal(key) for key in node.keys}


def _literal(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _model(passed: dict[object, ast.expr]) -> str | None:
    value = _literal(passed.get("model"))
    return value if isinstance(value, str) and is_encodable(value) else None


def _temperature(node: ast.expr | None) -> float | None:
    match _literal(node):
        case bool():
            return None
        case int() | float() as value if 0 <= value <= _LARGEST:
            return float(value)
    return None


def _count(node: ast.expr | None) -> int | None:
    match _literal(node):
        case bool():
            return None
        case int() as value if 1 <= value <= _LARGEST:
            return value
    return None
