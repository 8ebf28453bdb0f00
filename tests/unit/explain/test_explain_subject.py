"""What `explain` takes its argument for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from harness.catalogue.loading import load_catalogue
from harness.errors import UsageError
from harness.explain import subject
from harness.explain.subject import CellSubject, NamedSubject, Subject, TextSubject, find_subject
from harness.verdicts.signatures import RetiredName, load_signatures

CELL = "default/session/async_fixture/aclose@loop_scope=session"


class Terminal(io.BytesIO):
    """Standard input where nothing is piped in."""

    def isatty(self) -> bool:
        return True


def find(*words: str, piped: bytes = b"") -> Subject:
    return find_subject(words, load_catalogue(), io.BytesIO(piped))


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", [one.name for one in load_signatures()])
def test_every_signature_is_found_by_its_name(name: str) -> None:
    assert find(name) == NamedSubject(names=(name,))


@pytest.mark.parametrize("written", ["Loop-Closed", "loop_closed", " loop-closed "])
def test_a_name_in_other_letters_is_meant_all_the_same(written: str) -> None:
    found = find(written)
    assert isinstance(found, NamedSubject)
    assert found.names == ("loop-closed",)


@pytest.mark.parametrize("label", ["loop-closed←different-loop", "cleanup: loop-closed←different-loop"])
def test_a_label_as_it_stands_in_a_table_names_surface_and_root(label: str) -> None:
    assert find(label) == NamedSubject(names=("loop-closed", "different-loop"))


def test_a_retired_name_points_on_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    retired = RetiredName(name="loop-shut", now=("loop-closed",), since="0.3")
    monkeypatch.setattr(subject, "load_retired", lambda: (retired,))
    note = "loop-shut was retired in version 0.3; it is now loop-closed."
    assert find("loop-shut") == NamedSubject(names=("loop-closed",), note=note)


@pytest.mark.parametrize("slip", ["loop-clsed", "diferent-loop", "scope-missmatch", "never-awaitd"])
def test_a_slip_is_refused_with_what_was_meant(slip: str) -> None:
    with pytest.raises(UsageError, match=f"Unknown signature '{slip}'") as caught:
        find(slip)
    assert "Did you mean" in caught.value.remedy


def test_a_cell_is_found_by_its_id() -> None:
    found = find(CELL)
    assert isinstance(found, CellSubject)
    assert found.cell.id == CELL


def test_a_cell_with_a_value_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="Unknown fixture_scope 'sesion'"):
        find("default/sesion/async_fixture/aclose")


@pytest.mark.parametrize(
    "text",
    [
        "Event loop is closed",
        "RuntimeError",
        "a/b/c/d",
        "RuntimeError: Task got Future attached to a different loop",
        "ModuleNotFoundError: No module named 'x'",
        "tests/test_app.py::test_a",
    ],
)
def test_whatever_is_nothing_else_is_a_text(text: str) -> None:
    assert find(text) == TextSubject(data=text.encode(), source="the text")


def test_words_without_quotes_are_one_text() -> None:
    assert find("Event", "loop", "is", "closed") == TextSubject(data=b"Event loop is closed", source="the text")


def test_a_file_that_is_there_is_read() -> None:
    Path("out.txt").write_text("Event loop is closed\n")
    assert find("out.txt") == TextSubject(data=b"Event loop is closed\n", source="out.txt")


def test_a_file_named_like_a_signature_comes_first_and_is_said_to_be_read() -> None:
    Path("hang").write_text("Event loop is closed\n")
    found = find("hang")
    assert isinstance(found, TextSubject)
    assert found.note.startswith("Read the file hang.")


@pytest.mark.parametrize("words", [(), ("-",)])
def test_what_is_piped_in_is_read(words: tuple[str, ...]) -> None:
    assert find(*words, piped=b"Event loop is closed") == TextSubject(
        data=b"Event loop is closed", source="standard input"
    )


def test_at_a_terminal_nothing_is_waited_for() -> None:
    with pytest.raises(UsageError, match="There is nothing to explain"):
        find_subject((), load_catalogue(), Terminal())


@pytest.mark.parametrize("piped", [b"", b" \n\t\n"])
def test_nothing_piped_in_is_refused(piped: bytes) -> None:
    with pytest.raises(UsageError, match="Nothing came in"):
        find(piped=piped)


def test_a_folder_an_empty_file_and_one_that_is_not_there_are_refused() -> None:
    Path("folder").mkdir()
    Path("empty.txt").touch()
    for word, problem in (("folder", "is a folder"), ("empty.txt", "is empty"), ("gone.log", "There is no file")):
        with pytest.raises(UsageError, match=problem):
            find(word)


def test_a_file_that_may_not_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    Path("secret.txt").write_text("x")
    monkeypatch.setattr(subject, "read_given", refuse)
    with pytest.raises(UsageError, match=r"secret\.txt can't be read: Permission denied"):
        find("secret.txt")


def test_several_files_are_refused() -> None:
    Path("a.txt").write_text("x")
    with pytest.raises(UsageError, match="takes one file"):
        find("a.txt", "b.txt")


def test_a_suite_of_ones_own_is_for_another_command() -> None:
    with pytest.raises(UsageError, match="is a suite") as caught:
        find("reported/pa-744/suite")
    assert "diagnose" in caught.value.remedy


@pytest.mark.parametrize("label", ["loop-closed←different-loop", "loop-closed ← different-loop"])
def test_a_surface_and_its_root_are_found_as_they_are_printed(label: str) -> None:
    assert find(label) == NamedSubject(names=("loop-closed", "different-loop"))


@pytest.mark.parametrize("path", ["/nowhere/out", "./nowhere", "../nowhere/a", "~/nowhere"])
def test_a_path_that_leads_nowhere_is_no_text(path: str) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        find(path)


def test_a_part_of_a_cells_id_is_refused_with_what_is_missing() -> None:
    with pytest.raises(UsageError, match="is a part of a cell's id") as caught:
        find("default/session/async_fixture")
    assert "cleanup_style" in caught.value.remedy


@pytest.mark.parametrize("word", ["idle_listen", "workload=idle_listen", " idle_listen "])
def test_the_name_of_a_value_is_no_error_and_has_a_command_of_its_own(word: str) -> None:
    with pytest.raises(UsageError, match="idle_listen is a value of the catalogue, no error") as caught:
        find(word)
    assert "workload=idle_listen: the first test listens" in str(caught.value)
    assert caught.value.remedy is not None
    assert "matrix --profile standard --select workload=idle_listen" in caught.value.remedy


def test_a_name_that_several_axes_have_is_named_with_each_and_every_value_is_in_some_profile() -> None:
    catalogue = load_catalogue()
    for value in catalogue.list_values():
        with pytest.raises(UsageError, match=f"{value.axis}={value.name}: ") as caught:
            find(value.name)
        assert f"--select {value.axis}={value.name}" in str(caught.value.remedy)


def test_the_name_of_an_axis_is_no_error() -> None:
    with pytest.raises(UsageError, match="workload is an axis of the catalogue, no error: ") as caught:
        find("workload")
    assert "catalogue" in str(caught.value.remedy)
