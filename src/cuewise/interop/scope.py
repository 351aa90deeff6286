"""Where a script is read: the names of the function around, what was met so far, and how a difference is told."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from cuewise.errors import InputError
from cuewise.interop.prompts import EntryField
from cuewise.samples.problems import printable

_WORDS: Final[dict[type[ast.AST], str]] = {
    ast.Attribute: "an attribute",
    ast.Await: "an await",
    ast.BinOp: "an operation",
    ast.BoolOp: "an `and` or `or`",
    ast.Call: "a call",
    ast.Dict: "a dict",
    ast.DictComp: "a comprehension",
    ast.FunctionDef: "a nested function",
    ast.AsyncFunctionDef: "a nested function",
    ast.GeneratorExp: "a comprehension",
    ast.If: "an `if`",
    ast.IfExp: "a conditional expression",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.List: "a list",
    ast.ListComp: "a comprehension",
    ast.Set: "a set",
    ast.Starred: "an unpacking",
    ast.Subscript: "a subscript",
    ast.Tuple: "a tuple",
    ast.match_case: "a `case`",
}


def described(node: ast.AST | None) -> str:
    """A piece of syntax in words; at most a name of it is quoted."""
    match node:
        case None:
            return "an unpacked dict"
        case ast.Name():
            return f"the name `{printable(node.id, limit=40)}`"
        case ast.Constant(value=str()):
            return "a string"
        case ast.Constant():
            return f"a literal of type {type(node.value).__name__}"
    return _WORDS.get(type(node), f"{type(node).__name__} syntax")


@dataclass(frozen=True)
class Names:
    """The names of one function."""

    parameters: frozenset[str]
    bound: Counter[str]
    """How often a name is given a value, parameters aside."""
    values: dict[str, ast.expr]
    """The value last assigned to a name by `name = value`."""
    changed: frozenset[str]
    """Names of which an attribute is used, as by `name.append(...)`, or a member assigned."""

    @staticmethod
    def of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Names:
        """The names of a function and of everything in it."""
        arguments = function.args
        nodes = list(ast.walk(function))
        return Names(
            parameters=frozenset(
                argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            ),
            bound=Counter(
                node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            ),
            values={
                node.targets[0].id: node.value
                for node in nodes
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
            },
            changed=frozenset(
                node.value.id
                for node in nodes
                if isinstance(node, ast.Attribute | ast.Subscript)
                and isinstance(node.value, ast.Name)
                and (isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load))
            ),
        )


@dataclass
class Scope:
    """Where messages are read, and what was met in them."""

    file: str
    """For messages; printable."""
    fields: frozenset[EntryField]
    """What may be quoted."""
    names: Names
    quoted: set[EntryField] = field(default_factory=set)
    frames: bool = False

    def fault(self, node: ast.AST, found: str, expected: str) -> InputError:
        """An error that says where the shape differs, and how."""
        line = getattr(node, "lineno", 1)
        return InputError(f"{self.file}, line {line}: found {found}; expected {expected}")
