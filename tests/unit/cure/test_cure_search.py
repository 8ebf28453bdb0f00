"""The search tries single changes first, the smallest first, then versions, then pairs, and proves what cures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.cure.model import Candidate, CandidateKind, Content
from harness.cure.proving import KEYS, OriginalRuns, SeenRun, SeenTest
from harness.cure.search import CONTROL_RUNS, LEAST_RUNS, Findings, Searcher
from harness.cure.trials import Variant, make_variant
from harness.cure.versions import make_version_candidate
from harness.environments.model import EnvironmentRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = EnvironmentRequest(python="3.12", plugin="1.5.0")
THERE = EnvironmentRequest(python="3.12", plugin="1.4.0")
CONTENT = {"test_a.py": b"one\ntwo\nthree\n"}


def see(*, fails: bool, left: str = "") -> SeenRun:
    errors = frozenset({"different-loop"} if fails else ())
    text = "failed: different-loop" if fails else "passed"
    return SeenRun(
        tests={"a": SeenTest(text=text, kind=text, errors=errors)},
        errors=errors,
        left=frozenset(filter(None, [left])),
        leaks={left: frozenset({"a"})} if left else {},
        label="different-loop",
    )


@dataclass
class Machine:
    """Runs variants: one is cured where `is_cured` says so, by the files, the versions and how often it ran before."""

    is_cured: Callable[[Variant, EnvironmentRequest, int], bool]
    batches: list[list[str]] = field(default_factory=list)
    times: dict[tuple[str, EnvironmentRequest], int] = field(default_factory=dict)
    leaves: Callable[[Variant], str] = lambda _: ""

    def run(
        self, variants: Sequence[Variant], requests: Sequence[EnvironmentRequest], *, repeat: int = 1
    ) -> dict[str, dict[EnvironmentRequest, list[SeenRun]]]:
        self.batches.append([f"{one.name}*{repeat}@{len(requests)}" for one in variants])
        return {
            one.name: {place: [self.see(one, place) for _ in range(repeat)] for place in requests} for one in variants
        }

    def see(self, variant: Variant, place: EnvironmentRequest) -> SeenRun:
        cured = self.once(variant, place)
        return see(fails=not cured, left=self.leaves(variant) if cured else "")

    def once(self, variant: Variant, place: EnvironmentRequest) -> bool:
        key = variant.name, place
        self.times[key] = self.times.get(key, 0) + 1
        return self.is_cured(variant, place, self.times[key])

    @property
    def tried(self) -> list[str]:
        return [name.partition("*")[0] for batch in self.batches for name in batch if "*1@1" in name]


def make_change(name: str, lines: int = 1, kind: CandidateKind = CandidateKind.EDIT) -> Candidate:
    """Adds lines that name it, once."""

    def change(content: Content) -> Content | None:
        text = content["test_a.py"]
        added = f"# {name}\n".encode()
        return None if added in text else {**content, "test_a.py": text + added * lines}

    return Candidate(name=name, title=name, kind=kind, change=change)


def search(
    machine: Machine,
    candidates: Sequence[Candidate],
    versions: Sequence[Sequence[Candidate]] = (),
    nearer: Sequence[Candidate] = (),
    *,
    everywhere: bool = False,
    most: int | None = 3,
    clock: Callable[[], float] = lambda: 0.0,
) -> Findings:
    failing = OriginalRuns(runs=[see(fails=True)] * 2)
    baselines = {HERE: failing} | ({THERE: failing} if everywhere else {})
    searcher = Searcher(
        machine,
        CONTENT,
        baselines,
        place=HERE,
        jobs=1,
        until=10.0,
        most=most,
        list_nearer=lambda good: nearer if good.title.startswith("go back") else (),
        clock=clock,
    )
    return searcher.search(candidates, versions)


def has(*names: str) -> Callable[[Variant, EnvironmentRequest, int], bool]:
    return lambda variant, _place, _times: all(f"# {name}\n".encode() in variant.content["test_a.py"] for name in names)


def test_the_smallest_change_is_tried_first_and_what_cures_is_run_again_everywhere() -> None:
    machine = Machine(has("b"))
    findings = search(machine, [make_change("a", 3), make_change("b", 2), make_change("c", 1)], everywhere=True)
    assert machine.tried == ["c", "b", "a"]
    assert [one.variant.name for one in findings.cures] == ["b"]
    assert findings.cures[0].runs == LEAST_RUNS
    assert machine.batches[2:4] == [[f"*{CONTROL_RUNS}@2"], [f"b*{LEAST_RUNS}@2"]]
    assert findings.cures[0].variant.patch.endswith("+# b\n+# b\n")


def test_what_cures_once_and_not_again_is_no_cure() -> None:
    machine = Machine(lambda _variant, _place, times: times == 1)
    findings = search(machine, [make_change("a")])
    assert not findings.cures
    assert findings.attempts[0].judgement.reason == "still different-loop in 1 test"


def test_what_cures_here_and_not_on_the_other_version_is_no_cure() -> None:
    machine = Machine(lambda _variant, place, _times: place == HERE)
    assert not search(machine, [make_change("a")], everywhere=True).cures


def test_versions_and_pairs_are_tried_only_where_no_single_change_helps() -> None:
    machine = Machine(has("a"))
    newer = make_version_candidate("pytest-asyncio", "1.6.0", "1.5.0")
    search(machine, [make_change("a"), make_change("b")], [[newer]])
    assert machine.tried == ["a", "b"]
    machine = Machine(has("a", "b"))
    findings = search(machine, [make_change("a"), make_change("b"), make_change("c")], [[newer]])
    assert machine.tried[:4] == ["a", "b", "c", newer.name]
    assert findings.cures[0].variant.name == "a+b"


def test_a_version_may_be_all_that_helps() -> None:
    machine = Machine(lambda variant, _place, _times: ("pytest-asyncio", "1.6.0") in variant.versions)
    findings = search(machine, [make_change("a")], [[make_version_candidate("pytest-asyncio", "1.6.0", "1.5.0")]])
    (cure,) = findings.cures
    assert cure.variant.candidates[0].title == "upgrade from pytest-asyncio 1.5.0 to 1.6.0"
    assert cure.variant.patch == ""


def test_of_each_direction_the_nearest_release_is_found_by_bisection() -> None:
    good = {"0.23.8", "0.24.0", "0.25.0", "0.25.1", "1.9.0"}

    def list_candidates(*versions: str) -> list[Candidate]:
        return [make_version_candidate("pytest-asyncio", one, "1.5.0") for one in versions]

    machine = Machine(lambda variant, _place, _times: any(version in good for _, version in variant.versions))
    older = list_candidates("1.4.0", "1.0.0", "0.24.0", "0.23.8", "0.22.0", "0.21.1", "0.21.2")
    nearer = list_candidates("1.3.0", "1.1.0", "0.26.0", "0.25.1", "0.25.0")
    findings = search(machine, [], [list_candidates("1.9.0", "1.10.0"), older], nearer=nearer)
    assert {one.variant.name for one in findings.cures} == {"pytest-asyncio-1.9.0", "pytest-asyncio-0.25.1"}
    assert "pytest-asyncio-0.21.2" not in machine.tried, "it is farther than one that cures"


def test_a_change_that_contains_a_proven_one_is_not_another_cure() -> None:
    both = Candidate(
        name="both",
        title="both",
        kind=CandidateKind.SETTING,
        change=lambda content: make_change("b").change(make_change("a").change(content) or content),
    )
    findings = search(Machine(has("a")), [make_change("a"), make_change("b"), both])
    assert [one.variant.name for one in findings.cures] == ["a"]


def test_equal_changes_are_tried_once() -> None:
    one = make_change("a")
    same = Candidate(name="z", title="z", kind=CandidateKind.CONFTEST, change=one.change)
    machine = Machine(has("nothing"))
    search(machine, [same, one])
    assert len(machine.tried) == 1


def test_enough_cures_or_no_time_left_end_the_search() -> None:
    everything = [make_change(name) for name in "abcdefgh"]
    cured = Machine(lambda *_: True)
    assert len(search(cured, everything).cures) == 3
    assert len(cured.tried) == 5, "the first batch and the second"
    assert len(search(Machine(lambda *_: True), everything, most=None).cures) == 8
    times = iter([0.0])
    late = Machine(has("nothing"))
    findings = search(late, everything, clock=lambda: next(times, 20.0))
    assert findings.out_of_time
    assert len(late.tried) < len(everything)


def test_ctrl_c_ends_it_with_what_was_found() -> None:
    class Interrupted(Machine):
        def run(
            self, variants: Sequence[Variant], requests: Sequence[EnvironmentRequest], *, repeat: int = 1
        ) -> dict[str, dict[EnvironmentRequest, list[SeenRun]]]:
            if len(self.batches) == 3:
                raise KeyboardInterrupt
            return super().run(variants, requests, repeat=repeat)

    findings = search(Interrupted(has("a")), [make_change(name) for name in "abcdef"])
    assert findings.interrupted
    assert [one.variant.name for one in findings.cures] == ["a"]


def test_a_pair_of_which_one_undoes_what_the_other_needs_is_left_out() -> None:
    first, second = make_change("a"), make_change("a")
    assert make_variant(CONTENT, [first, second]) is None


def test_a_suite_that_fails_now_and_then_is_run_more_often_before_a_change_is_called_a_cure() -> None:
    flaky = Machine(lambda variant, _place, times: times % 2 == 0 or (variant.name == "a" and times == 1))

    findings = search(flaky, [make_change("a")])

    assert not findings.cures, "it passed once, as the suite itself does in every second run"
    assert flaky.batches[:3] == [["a*1@1"], [f"*{CONTROL_RUNS}@1"], ["a*9@1"]]


def test_what_cures_a_flaky_suite_for_good_is_a_cure() -> None:
    flaky = Machine(lambda variant, _place, times: bool(variant.name) or times % 2 == 0)

    (cure,) = search(flaky, [make_change("a")]).cures

    assert cure.runs == 9


def test_a_slow_suite_is_tried_with_few_changes_at_a_time() -> None:
    seconds = iter(range(0, 10_000, 8))
    machine = Machine(has("nothing"))

    search(machine, [make_change(name) for name in "abcdefgh"], clock=lambda: next(seconds) / 2.5)

    assert machine.batches[:2] == [["a*1@1"], ["b*1@1", "c*1@1", "d*1@1"]]


def test_a_cure_that_leaves_keys_comes_after_clean_ones_and_ends_the_search_with_the_single_changes() -> None:
    names = [*"abcdefgh"]
    machine = Machine(lambda one, *_: bool(one.name), leaves=lambda one: "" if "h" in one.name else KEYS)
    findings = search(machine, [make_change(name, lines) for lines, name in enumerate(names, 1)])

    assert machine.tried == names, "cures that leave something don't end it before, and no pair follows"
    assert [one.variant.name for one in findings.cures] == ["h", "a", "b", "c"]
    assert [one.variant.name for one in findings.attempts if one.is_unproven] == ["d", "e", "f", "g"]
    assert findings.cures[1].judgement.unseen == (KEYS,)


def test_where_a_cure_leaves_a_connection_pairs_may_be_better() -> None:
    machine = Machine(has("a"), leaves=lambda variant: "" if "b" in variant.name else "leaked-connection")

    cures = search(machine, [make_change("a"), make_change("b")]).cures

    assert [one.variant.name for one in cures] == ["a+b", "a"]


def test_a_change_that_contains_a_cure_and_leaves_less_is_a_better_one() -> None:
    both = Candidate(
        name="close",
        title="close",
        kind=CandidateKind.EDIT,
        change=lambda content: make_change("b").change(make_change("a").change(content) or content),
    )
    machine = Machine(has("a"), leaves=lambda variant: "" if variant.name == "close" else KEYS)

    assert [one.variant.name for one in search(machine, [make_change("a"), both]).cures] == ["close", "a"]
