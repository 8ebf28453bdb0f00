"""Where clients are made: by a library's calls, and by the suite's own functions and classes that make them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from harness.habits.applications import is_in_process
from harness.habits.model import ClientSite, SourcePlace
from harness.habits.scanning import (
    Body,
    find_call_maker,
    find_target,
    is_cached,
    is_lifespan,
    unwrap,
)
from harness.habits.sources import OWN, Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from harness.habits.sources import Sources

Where = Literal["module", "class", "fixture", "test", "function"]

_ROUNDS = 6
"""Own functions that call each other until a client is made."""

_LOOKUPS = frozenset({"get_running_loop", "get_event_loop"})


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """A function or class of the suite's by which a client is made. `silent`: calling it makes none of its own."""

    library: str
    is_pool: bool = False
    name: str
    kept: bool = False  # made when it is first needed, and kept
    silent: bool = False  # cached, or a lifespan: the place within it counts
    driven_by: str = ""  # what runs the coroutine in it


@dataclass(kw_only=True)
class Sites:
    """All places, by the body that they stand in."""

    by_body: dict[str, list[ClientSite]] = field(default_factory=dict)
    makers: dict[str, Maker] = field(default_factory=dict)
    attributes: dict[str, set[str]] = field(default_factory=dict)  # class → its attributes that are clients
    keeping: frozenset[str] = frozenset()  # functions that hand out the same object again

    @property
    def all(self) -> tuple[ClientSite, ...]:
        """In order of place."""
        return tuple(sorted((one for found in self.by_body.values() for one in found), key=lambda one: one.place))


def find_sites(sources: Sources, bodies: Iterable[Body], kinds: Mapping[str, Where]) -> Sites:
    """Where the bodies make clients. `kinds`: those that are fixtures and tests."""
    sites = Sites()
    bodies = list(bodies)
    functions = [body for body in bodies if isinstance(body.node, Function) and body.id not in kinds]
    sites.keeping = frozenset(body.id for body in functions if is_cached(sources, body))
    for _ in range(_ROUNDS):
        before = len(sites.makers)
        sites.by_body = {body.id: list(_list_sites(sources, body, sites, kinds)) for body in bodies}
        for body in bodies:
            _find_makers(body, sites, kinds)
            _find_factories(sources, body, sites)
        if len(sites.makers) == before:
            break
    return sites


def _list_sites(sources: Sources, body: Body, sites: Sites, kinds: Mapping[str, Where]) -> Iterator[ClientSite]:
    calls = [node for node in body.nodes if isinstance(node, ast.Call) and not _is_later(body, node)]
    made = [(call, maker) for call in calls if (maker := _find_maker(sources, body, call, sites)) and not maker.silent]
    inner = {id(part) for call, _ in made for argument in _list_arguments(call) for part in ast.walk(argument)}
    for call, maker in made:
        if id(call) in inner:
            continue
        parent = body.module.parents.get(call)
        driver = next(
            (found for node in _climb(body, call) if (found := unwrap(node)[1]) and unwrap(node)[0] is call), ""
        )
        loop = "get_running_loop" if _is_per_loop(body, call) else ""
        yield ClientSite(
            place=SourcePlace(body.module.path, call.lineno),
            library=maker.library,
            expression=ast.unparse(call if not isinstance(parent, ast.Await) else parent),
            where=_find_where(body, kinds),
            owner=body.name,
            name=find_target(body.module, call),
            cached=body.id in sites.keeping or maker.kept,
            loop_argument=any(one.arg == "loop" for one in call.keywords),
            pool=next((ast.unparse(one.value) for one in call.keywords if one.arg == "connection_pool"), ""),
            is_pool=maker.is_pool,
            through=maker.name,
            driven_by=driver or maker.driven_by,  # type: ignore[arg-type]
            lifespan=isinstance(body.node, Function) and is_lifespan(sources, body),
            per_loop=bool(loop),
        )


def _climb(body: Body, node: ast.AST) -> Iterator[ast.expr]:
    """The expressions around a node, the nearest first."""
    parent = body.module.parents.get(node)
    while isinstance(parent, ast.expr):
        yield parent
        parent = body.module.parents.get(parent)


def _list_arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(one.value for one in call.keywords)]


def _find_maker(sources: Sources, body: Body, call: ast.Call, sites: Sites) -> Maker | None:
    found = find_call_maker(sources, body.module, call)
    if found is not None:
        if is_in_process(sources, body.module, call):
            return None
        return Maker(library=found[0], is_pool=found[1], name="")
    if handed := _find_handed(sources, body, call):
        function, driver = handed
        maker = sites.makers.get(sources.qualify(body.module, function))
        return msgspec.structs.replace(maker, driven_by=driver) if maker is not None else None
    name = sources.qualify(body.module, call.func)
    if name in sites.makers:
        return sites.makers[name]
    owner, _, method = name.rpartition(".")
    maker = sites.makers.get(owner)  # `Cache.from_settings()`
    if maker is None or method.startswith("_") or name not in sites.by_body:
        return None
    return msgspec.structs.replace(maker, kept=maker.kept or name in sites.keeping)


def _find_handed(sources: Sources, body: Body, call: ast.Call) -> tuple[ast.expr, str] | None:
    """A function that is handed to what runs it, and which of the drivers that is like.

    `async_to_sync(connect)()` has a loop for the call alone, `portal.call(connect)` one in a thread.
    """
    match call:
        case ast.Call(func=ast.Call(func=runner, args=[function])):
            is_own_loop = sources.qualify(body.module, runner) == "asgiref.sync.async_to_sync"
            return (function, "asyncio.run") if is_own_loop else None
        case ast.Call(func=ast.Attribute(attr="call"), args=[function, *_]):
            return function, "run_coroutine_threadsafe"
        case _:
            return None


def _is_per_loop(body: Body, call: ast.Call) -> bool:
    """Whether it is kept under the loop that it is for: `self.clients[loop] = …`."""
    target = find_target(body.module, call)
    asks = any(isinstance(node, ast.Attribute) and node.attr in _LOOKUPS for node in body.nodes)
    return asks and "[" in target


def _find_where(body: Body, kinds: Mapping[str, Where]) -> Where:
    if body.id in kinds:
        return kinds[body.id]
    if isinstance(body.node, ast.Module):
        return "module"
    return "class" if isinstance(body.node, ast.ClassDef) else "function"


def _find_makers(body: Body, sites: Sites, kinds: Mapping[str, Where]) -> None:
    """Take in what of the suite's own makes clients by way of this body."""
    if not isinstance(body.node, Function) or body.id in kinds:
        return
    returned = set(_list_returned(body))
    for site in sites.by_body[body.id]:
        if site.name.startswith("self.") and body.owner:
            name = body.owner
            attribute = site.name.removeprefix("self.").partition("[")[0]
            sites.attributes.setdefault(f"{body.module.path}{OWN}{name}", set()).add(attribute)
            lazy = body.node.name not in ("__init__", "__post_init__", "__new__")
            single = f"{body.module.path}{OWN}{name}.__new__" in sites.keeping
            _add(
                sites,
                f"{body.module.path}{OWN}{name}",
                site,
                name,
                kept=single or (lazy and not site.per_loop),
                silent=site.per_loop,
            )
        elif site.cached and body.owner and site.through == body.owner:  # `Cache.get()`, which keeps its one object
            _add(sites, body.id, site, body.owner, kept=True)
        elif site.cached or site.lifespan or site.per_loop:
            _add(sites, body.id, site, body.name, silent=True)
        elif site.name in returned or site.expression in returned:
            _add(sites, body.id, site, body.name)


def _is_later(body: Body, node: ast.AST) -> bool:
    """Whether it stands in a lambda of a module or class, and so isn't run with it."""
    return not isinstance(body.node, Function) and any(isinstance(one, ast.Lambda) for one in _climb(body, node))


def _find_factories(sources: Sources, body: Body, sites: Sites) -> None:
    """`client: Valkey = field(default_factory=lambda: Valkey())` in a class: it makes one for each of its objects."""
    if not isinstance(body.node, ast.ClassDef):
        return
    for keyword in (node for node in body.nodes if isinstance(node, ast.keyword)):
        if keyword.arg not in ("default_factory", "factory"):
            continue
        value = keyword.value
        call = value.body if isinstance(value, ast.Lambda) else ast.Call(func=value, args=[], keywords=[])
        maker = _find_maker(sources, body, call, sites) if isinstance(call, ast.Call) else None
        if maker is not None and not maker.silent:
            sites.makers.setdefault(body.id, msgspec.structs.replace(maker, name=body.name))


def _add(sites: Sites, name: str, site: ClientSite, own: str, *, kept: bool = False, silent: bool = False) -> None:
    maker = Maker(
        library=site.library,
        is_pool=site.is_pool,
        name=own,
        kept=kept or site.cached or site.per_loop,
        silent=silent,
        driven_by=site.driven_by,
    )
    sites.makers.setdefault(name, maker)


def _list_returned(body: Body) -> Iterator[str]:
    for node in body.nodes:
        if isinstance(node, (ast.Return, ast.Yield)) and node.value is not None:
            yield ast.unparse(node.value)
            yield ast.unparse(unwrap(node.value)[0])
