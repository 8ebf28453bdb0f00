"""In suites of `unittest` the catalogue's words are about what these have in place of fixtures."""

from __future__ import annotations

from harness.catalogue.loading import load_catalogue
from harness.habits.case_words import fit_meaning


def test_no_value_that_a_test_case_can_have_speaks_of_fixtures_there() -> None:
    catalogue = load_catalogue()
    for axis in set(catalogue.axes) - {"runner"}:
        for name, named in catalogue.axes[axis].values.items():
            cell = catalogue.cell({**catalogue.defaults, "runner": "unittest", axis: name})
            if catalogue.excluded(cell) is None:
                assert "fixture" not in fit_meaning(named.value.meaning, axis, "unittest"), name
            assert fit_meaning(named.value.meaning, axis, "anyio") == named.value.meaning


def test_what_the_runner_itself_means_stays() -> None:
    meaning = load_catalogue().axes["runner"].values["unittest"].value.meaning
    assert "in place of fixtures" in fit_meaning(meaning, "runner", "unittest")
