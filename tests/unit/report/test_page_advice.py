"""What the page says of advice is what `advice` says."""

from __future__ import annotations

from harness.catalogue.loading import load_catalogue
from harness.knowledge.advice_model import AdviceVerdict
from harness.knowledge.advice_tables import as_data
from harness.knowledge.claims import load_claims
from harness.knowledge.effects import measure_effects
from harness.knowledge.outcomes import Outcomes
from harness.report.advice import MEANINGS, make_advice
from harness.store.model import Results
from tests.unit.report.page_data import index_some


def test_each_number_is_the_one_that_advice_prints_as_json() -> None:
    names = ("system", "release", "verdict", "cured", "with_error", "harmed", "without_error")
    printed = {
        one["name"]: [tuple(effect[name] for name in names) for effect in one["effects"]]
        for one in as_data(measure_effects(index_some(), load_claims(), load_catalogue()))["advice"]
    }
    shown = {
        one.name: [
            (it.system, it.release, it.verdict, it.cured, it.failing, it.harmed, it.passing) for it in one.effects
        ]
        for one in make_advice(index_some(), load_catalogue())
    }
    assert shown == printed
    assert any(found for found in shown.values())


def test_what_cures_most_comes_first_and_what_results_tell_nothing_of_last() -> None:
    found = make_advice(index_some(), load_catalogue())
    measured = [not one.unmeasured for one in found]
    assert measured == sorted(measured, reverse=True)
    newest = [one.effects[-1] for one in found if not one.unmeasured]
    shares = [one.cured / one.failing for one in newest if one.verdict == AdviceVerdict.PARTLY]
    assert newest[0].verdict == AdviceVerdict.PARTLY
    assert len(shares) > 1
    assert max(shares) == shares[0] > shares[-1]
    assert any(one.places for one in found if not one.unmeasured)


def test_every_verdict_has_a_meaning() -> None:
    assert set(MEANINGS) == set(AdviceVerdict)


def test_without_anything_measured_there_is_no_advice() -> None:
    assert make_advice(Outcomes(Results()), load_catalogue()) == ()
