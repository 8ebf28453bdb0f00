"""The selection language: `fixture_scope=session and not creation_site in (inside_test, app_lifespan)`.

    selection  := both ("or" both)*
    both       := term ("and" term)*
    term       := "not" term | "(" selection ")" | condition
    condition  := axis ("=" | "!=") values | axis ["not"] "in" "(" values ")"
    values     := value ("," value)*

`axis=a,b` is true for either value, `axis!=a,b` for neither. Used for `--select` and for the catalogue's exclusions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

import msgspec

from harness.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

DEEPEST = 50
"""How deep parentheses and `not` may be nested."""

_WORDS = frozenset({"and", "or", "not", "in"})
_TOKEN = re.compile(r"\s*(?:(?P<name>[\w.+-]+)|(?P<sign>!=|==|[=(),])|(?P<other>\S))")


class SelectionError(UsageError):
    """A selection that can't be read; the problem shows the place."""

    def __init__(self, problem: str, *, text: str, position: int, remedy: str) -> None:
        super().__init__(f"{problem}\n  {text}\n  {' ' * position}^", remedy=remedy)
        self.position = position


class OneOf(msgspec.Struct, frozen=True, tag=True):
    """True when the axis has one of the values."""

    axis: str
    values: tuple[str, ...]

    def matches(self, values: Mapping[str, str]) -> bool:
        return values[self.axis] in self.values

    def __str__(self) -> str:
        return f"{self.axis}={','.join(self.values)}"


class Not(msgspec.Struct, frozen=True, tag=True):
    """True when the operand is not."""

    operand: Node

    def matches(self, values: Mapping[str, str]) -> bool:
        return not self.operand.matches(values)

    def __str__(self) -> str:
        if isinstance(self.operand, OneOf):
            return f"{self.operand.axis}!={','.join(self.operand.values)}"
        return f"not {_group(self.operand)}"


class All(msgspec.Struct, frozen=True, tag=True):
    """True when every operand is."""

    operands: tuple[Node, ...]

    def matches(self, values: Mapping[str, str]) -> bool:
        return all(operand.matches(values) for operand in self.operands)

    def __str__(self) -> str:
        return " and ".join(_group(operand) for operand in self.operands)


class AnyOf(msgspec.Struct, frozen=True, tag=True):
    """True when at least one operand is."""

    operands: tuple[Node, ...]

    def matches(self, values: Mapping[str, str]) -> bool:
        return any(operand.matches(values) for operand in self.operands)

    def __str__(self) -> str:
        return " or ".join(_group(operand) for operand in self.operands)


Node = OneOf | Not | All | AnyOf


class Selection(msgspec.Struct, frozen=True):
    """A parsed selection. `str()` gives it back in a normal form that parses to an equal one."""

    root: Node

    def matches(self, values: Mapping[str, str]) -> bool:
        """Whether these values are selected. `values` must name every axis that the selection names."""
        return self.root.matches(values)

    @property
    def axes(self) -> frozenset[str]:
        """The axes that it names."""
        return frozenset(_name_values(self.root))

    def __str__(self) -> str:
        return str(self.root)


def parse(text: str, *, axes: Mapping[str, Collection[str]]) -> Selection:
    """Read a selection. `axes` are the names that may stand in it, each with its values.

    Raises `SelectionError` with the place and the nearest name that would be right.
    """
    return Selection(_SelectionParser(re.sub(r"\s", " ", text), axes).whole())


def _name_values(node: Node) -> Iterator[str]:
    match node:
        case OneOf(axis=axis):
            yield axis
        case Not(operand=operand):
            yield from _name_values(operand)
        case All(operands=operands) | AnyOf(operands=operands):
            for operand in operands:
                yield from _name_values(operand)


def _group(node: Node) -> str:
    return f"({node})" if isinstance(node, All | AnyOf) else str(node)


class _Token(msgspec.Struct, frozen=True):
    text: str
    position: int
    is_name: bool = False

    def __str__(self) -> str:
        return repr(self.text) if self.text else "the end"


def _split_tokens(text: str) -> Iterator[_Token]:
    end = len(text.rstrip())
    position = 0
    while position < end and (match := _TOKEN.match(text, position)):
        kind = match.lastgroup or "other"
        if kind == "other":
            _fail(f"{match[kind]!r} means nothing here.", text, match.start(kind))
        yield _Token(match[kind], match.start(kind), is_name=kind == "name" and match[kind] not in _WORDS)
        position = match.end()
    yield _Token("", end)


def _fail(problem: str, text: str, position: int, remedy: str = "") -> NoReturn:
    raise SelectionError(
        problem,
        text=text,
        position=position,
        remedy=remedy or "Write conditions such as axis=value or axis in (a, b), joined by 'and', 'or' and 'not'.",
    )


class _SelectionParser:
    """Recursive descent over the tokens, one method a rule of the grammar."""

    def __init__(self, text: str, axes: Mapping[str, Collection[str]]) -> None:
        self.text = text
        self.axes = axes
        self.tokens = list(_split_tokens(text))
        self.place = 0
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.place]

    def take(self, *texts: str) -> bool:
        """Step over the token if it is one of these."""
        if self.token.is_name or self.token.text not in texts:
            return False
        self.place += 1
        return True

    def need(self, text: str) -> None:
        if not self.take(text):
            self.unexpected(repr(text))

    def unexpected(self, wanted: str) -> NoReturn:
        _fail(f"Expected {wanted}, found {self.token}.", self.text, self.token.position)

    def whole(self) -> Node:
        if not self.token.text:
            _fail("The selection is empty.", self.text, 0)
        node = self.selection()
        if self.token.text:
            self.unexpected("'and', 'or' or the end")
        return node

    def selection(self) -> Node:
        operands = [self.both()]
        while self.take("or"):
            operands.append(self.both())
        return operands[0] if len(operands) == 1 else AnyOf(tuple(operands))

    def both(self) -> Node:
        operands = [self.term()]
        while self.take("and"):
            operands.append(self.term())
        return operands[0] if len(operands) == 1 else All(tuple(operands))

    def term(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            _fail(f"Nested more than {DEEPEST} deep.", self.text, self.token.position)
        node = self.operand()
        self.depth -= 1
        return node

    def operand(self) -> Node:
        if self.take("not"):
            return Not(self.term())
        if self.take("("):
            node = self.selection()
            self.need(")")
            return node
        return self.condition()

    def condition(self) -> Node:
        axis = self.name("axis", "the name of an axis", self.axes)
        if self.take("=", "=="):
            return OneOf(axis, self.values(axis))
        if self.take("!="):
            return Not(OneOf(axis, self.values(axis)))
        negated = self.take("not")
        if not self.take("in"):
            self.unexpected("'in'" if negated else "'=', '!=' or 'in'")
        self.need("(")
        node = OneOf(axis, self.values(axis))
        self.need(")")
        return Not(node) if negated else node

    def values(self, axis: str) -> tuple[str, ...]:
        values = [self.value(axis)]
        while self.take(","):
            values.append(self.value(axis))
        return tuple(values)

    def value(self, axis: str) -> str:
        following = self.tokens[self.place + 1 : self.place + 2]
        if self.token.text in self.axes and any(token.text in {"=", "!=", "=="} for token in following):
            _fail(
                f"A comma separates the values of {axis}, but {self.token} is an axis.",
                self.text,
                self.token.position,
                "Join conditions with 'and' or 'or'.",
            )
        return self.name(f"value of {axis}", f"a value of {axis}", self.axes[axis])

    def name(self, kind: str, wanted: str, known: Collection[str]) -> str:
        token = self.token
        if not token.is_name:
            self.unexpected(wanted)
        if token.text not in known:
            unknown = UnknownNameError(kind, token.text, known)
            _fail(unknown.problem, self.text, token.position, unknown.remedy)
        self.place += 1
        return token.text
