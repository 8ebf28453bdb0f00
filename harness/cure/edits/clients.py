"""Which expressions of a suite make or mean a client or another object of a loop, and what puts each kind away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m

from harness.cure.edits.code import KEPT_SUITES
from harness.cure.edits.source import Function, SourceFile, called, find_keyword
from harness.cure.edits.tree import find_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.catalogue.target import Target
    from harness.cure.edits.code import SuiteCode

FAMILIES = frozenset({"valkey", "redis", "aioredis"})
CLIENTS = frozenset({"Valkey", "StrictValkey", "ValkeyCluster", "Redis", "StrictRedis", "RedisCluster"})
POOLS = frozenset({"ConnectionPool", "BlockingConnectionPool"})
MAKERS = frozenset({"from_url", "from_pool"})
OF_CLASS = m.Attribute(m.Attribute(m.Name("request"), m.Name("cls")) | m.Name("self") | m.Name("cls"))
DEPTH = 6
"""How many names, functions and attributes are followed to what they mean."""


@dataclass(frozen=True, kw_only=True)
class ClientKind:
    """How clients of a kind are put away. `{}` stands for the client."""

    closing: tuple[str, ...]
    reusable: bool = False  # connects again after that
    context: bool = True  # `async with` puts it away
    awaited: bool = False  # what makes it must be awaited
    path: str = ""  # the attribute of an object that is the client
    made: tuple[SourceFile, cst.BaseExpression] | None = None  # what makes that, and where


OTHERS: Mapping[str, ClientKind] = {
    "asyncpg.connect": ClientKind(closing=("await {}.close()",), context=False, awaited=True),
    "asyncpg.create_pool": ClientKind(closing=("await {}.close()",), awaited=True),
    "aiohttp.ClientSession": ClientKind(closing=("await {}.close()",)),
    "httpx.AsyncClient": ClientKind(closing=("await {}.aclose()",)),
    "pymongo.AsyncMongoClient": ClientKind(closing=("await {}.close()",)),
    "motor.motor_asyncio.AsyncIOMotorClient": ClientKind(closing=("{}.close()",), context=False),
}
PRIMITIVES = frozenset(
    f"asyncio.{name}"
    for name in (
        "Barrier",
        "BoundedSemaphore",
        "Condition",
        "Event",
        "LifoQueue",
        "Lock",
        "PriorityQueue",
        "Queue",
        "Semaphore",
    )
)
"""What waits on the loop that first waited for it. Nothing puts it away."""


def find_kind(dotted: str, call: cst.Call, target: Target) -> ClientKind | None:
    """The kind of client that a call makes; None for any other call."""
    if dotted in OTHERS:
        return OTHERS[dotted]
    if dotted in PRIMITIVES:
        return ClientKind(closing=(), context=False)
    parts = dotted.split(".")
    family = parts[0]
    if family not in FAMILIES or (family != "aioredis" and "asyncio" not in parts):
        return None
    made = parts[-2] if parts[-1] in MAKERS and parts[-2] in CLIENTS | POOLS else parts[-1]
    if made in POOLS:
        return ClientKind(closing=("await {}.disconnect()",), reusable=True, context=False)
    if made not in CLIENTS | MAKERS:
        return None
    closing = [f"await {{}}.{closing_method(family, target)}()"]
    if find_keyword(call, "connection_pool") is not None:
        closing.append("await {}.connection_pool.disconnect()")
    return ClientKind(closing=tuple(closing), reusable=True)


def closing_method(family: str, target: Target) -> str:
    """`aclose` came with redis 5.0.1; valkey always had it."""
    old = family == "aioredis" or (family == "redis" and target.has("redis") and not target.meets("redis>=5.0.1"))
    return "close" if old else "aclose"


@dataclass(frozen=True, kw_only=True, eq=False)
class GlobalClient:
    """A client that outlives tests: at the top of a module, in a class, or kept by a function."""

    source: SourceFile
    name: str  # how the module that defines it calls it: "client", "backend.client", "get_client()"
    kind: ClientKind
    owner: str = ""  # the class
    statement: cst.SimpleStatementLine | None = None  # that makes it, at the top of a module
    value: cst.BaseExpression | None = None

    @property
    def is_kept(self) -> bool:
        """Whether a cached function hands it out."""
        return self.name.endswith("()")


class Clients:
    """The clients of a suite."""

    def __init__(self, code: SuiteCode) -> None:
        self.code = code

    @cached_property
    def at_top(self) -> dict[tuple[str, str], GlobalClient]:
        """Those that modules make when they are imported, by file and name."""
        found = {}
        for source in self.code.files.values():
            for statement, name, value in list_assignments(source.module.body):
                if kind := self.kind_of(value, source) or self._kind_of_object(value, source):
                    path = f"{name}.{kind.path}" if kind.path else name
                    found[source.file, name] = GlobalClient(
                        source=source, name=path, kind=kind, statement=statement, value=value
                    )
        return found

    @cached_property
    def in_classes(self) -> dict[tuple[str, str, str], GlobalClient]:
        """Those that are attributes of a class, by file, class and name."""
        found = {}
        for source in self.code.files.values():
            for node in find_all(source.module, cst.ClassDef):
                for _, name, value in list_assignments(node.body.body):
                    if kind := self.kind_of(value, source):
                        owner = node.name.value
                        found[source.file, owner, name] = GlobalClient(
                            source=source, name=name, kind=kind, owner=owner, value=value
                        )
        return found

    @cached_property
    def kept(self) -> list[GlobalClient]:
        """Those that a cached function hands out again and again."""
        return [
            GlobalClient(source=self.code.files[each.file], name=f"{each.name}()", kind=kind)
            for each in self.code.functions
            if not (each.owner or each.parameters or each.is_async)
            and is_cached(each)
            and (kind := self.kind_of_function(each))
        ]

    def kind_of(
        self, value: cst.BaseExpression, source: SourceFile, function: Function | None = None, depth: int = DEPTH
    ) -> ClientKind | None:
        """The kind of client that an expression means; None if it is none, or nobody can say."""
        if depth == 0:
            return None
        if isinstance(value, cst.Await):
            return self.kind_of(value.expression, source, function, depth - 1)
        if isinstance(value, cst.Call):
            return self._kind_of_call(value, source, function, depth - 1)
        if isinstance(value, cst.Name | cst.Attribute):
            return self._kind_of_name(value, source, function, depth - 1)
        return None

    def _kind_of_call(
        self, call: cst.Call, source: SourceFile, function: Function | None, depth: int
    ) -> ClientKind | None:
        dotted = source.names.read(call.func)
        if kind := find_kind(dotted, call, self.code.facts.target):
            return kind
        if is_run(call, source) and call.args:
            return self.kind_of(call.args[0].value, source, function, depth)
        made = self.find_function(dotted, source)
        return self.kind_of_function(made, depth) if made else None

    def find_function(self, dotted: str, source: SourceFile) -> Function | None:
        """The suite's plain function of this name."""
        module, _, name = dotted.rpartition(".")
        home = self.code.find_file(module) if module else source
        every = home.functions if home else ()
        return next((each for each in every if each.key == name and not each.decorator), None)

    def kind_of_function(self, function: Function, depth: int = DEPTH) -> ClientKind | None:
        """What a plain function returns."""
        if function.is_generator:
            return None
        value = find_handed_out(function)
        return self.kind_of(value, self.code.files[function.file], function, depth - 1) if value else None

    def _kind_of_name(
        self, value: cst.Name | cst.Attribute, source: SourceFile, function: Function | None, depth: int
    ) -> ClientKind | None:
        if isinstance(value, cst.Name) and function:
            local = find_locals(function).get(value.value)
            if local is not None and local is not value:
                return self.kind_of(local, source, function, depth)
            if value.value in function.parameters:
                return self._kind_of_parameter(value.value, function, depth)
        if m.matches(value, OF_CLASS):
            assert isinstance(value, cst.Attribute)
            same = [each for (_, _, name), each in self.in_classes.items() if name == value.attr.value]
            return same[0].kind if same else None
        return self._kind_of_global(source.names.read(value), source)

    def _kind_of_parameter(self, name: str, function: Function, depth: int) -> ClientKind | None:
        fixture = self.code.find_fixture(name, function)
        value = find_handed_out(fixture) if fixture else None
        if fixture is None or value is None or fixture.is_generator:
            return None  # a generator puts away what it hands out
        return self.kind_of(value, self.code.files[fixture.file], fixture, depth)

    def _kind_of_global(self, dotted: str, source: SourceFile) -> ClientKind | None:
        module, _, name = dotted.rpartition(".")
        home = self.code.find_file(module) if module else source
        made = [value for _, bound, value in list_assignments(home.module.body) if bound == name] if home else []
        return self.kind_of(made[0], home) if home and made else None

    def _kind_of_object(self, value: cst.BaseExpression, source: SourceFile) -> ClientKind | None:
        """An object of the suite's that makes a client when it is made."""
        if not isinstance(value, cst.Call):
            return None
        module, _, name = source.names.read(value.func).rpartition(".")
        home = self.code.find_file(module) if module else source
        starts = [each for each in home.functions if each.key == f"{name}.__init__"] if home else []
        for target, made in list_attributes(starts[0]) if starts else ():
            if home and (kind := self.kind_of(made, home)):
                return replace(kind, path=target, made=(home, made))
        return None


@lru_cache(maxsize=KEPT_SUITES)
def find_clients(code: SuiteCode) -> Clients:
    """The suite's clients; many edits ask for them."""
    return Clients(code)


def is_cached(function: Function) -> bool:
    names = [function.names.read(called(each.decorator)) for each in function.node.decorators]
    return not {"functools.lru_cache", "functools.cache"}.isdisjoint(names)


def is_run(call: cst.Call, source: SourceFile) -> bool:
    """Whether a call runs a coroutine to its end."""
    return source.names.read(call.func) == "asyncio.run" or m.matches(
        call.func, m.Attribute(attr=m.Name("run_until_complete"))
    )


def list_assignments(
    body: object,
) -> Iterator[tuple[cst.SimpleStatementLine, str, cst.BaseExpression]]:
    """`name = value` among some statements."""
    assert isinstance(body, tuple | list)
    for statement in body:
        if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
            only = statement.body[0]
            if m.matches(only, m.Assign(targets=[m.AssignTarget(m.Name())]) | m.AnnAssign(target=m.Name())):
                assert isinstance(only, cst.Assign | cst.AnnAssign)
                target = only.targets[0].target if isinstance(only, cst.Assign) else only.target
                assert isinstance(target, cst.Name)
                if only.value is not None:
                    yield statement, target.value, only.value


def list_attributes(function: Function) -> Iterator[tuple[str, cst.BaseExpression]]:
    """`self.name = value` in a method."""
    for node in function.find_own(cst.Assign):
        target = node.targets[0].target
        if isinstance(target, cst.Attribute) and m.matches(target.value, m.Name("self")):
            yield target.attr.value, node.value


def find_locals(function: Function) -> dict[str, cst.BaseExpression]:
    """What a function's own names were given last."""
    found = {}
    for node in function.find_own(cst.Assign):
        target = node.targets[0].target
        if isinstance(target, cst.Name) and len(node.targets) == 1:
            found[target.value] = node.value
    return found


def find_handed_out(function: Function) -> cst.BaseExpression | None:
    """What a function returns or yields, if that is one thing."""
    values = [each.value for each in function.find_own(cst.Return)]
    values += [each.value for each in function.find_own(cst.Yield) if not isinstance(each.value, cst.From)]
    only = values[0] if len(values) == 1 else None
    return only if isinstance(only, cst.BaseExpression) else None
