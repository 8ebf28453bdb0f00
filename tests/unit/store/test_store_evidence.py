from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.evidence.model import Evidence, Exit, Phase, Raised, Test
from harness.evidence.store import EvidenceError, EvidenceStore, make_evidence_path

if TYPE_CHECKING:
    from pathlib import Path

CHAIN = (Raised(type="RuntimeError", text="Event loop is closed", link="surface"),)
EVIDENCE = Evidence(
    tests=(Test(id="test_a.py::test_one", phases=(Phase(when="call", outcome="failed", chain=CHAIN),)),),
    exit=Exit(code=1),
    finished=True,
)


def test_evidence_comes_back_by_its_hash(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    content_hash = store.put(EVIDENCE)
    assert content_hash == hashlib.sha256(msgspec.json.encode(EVIDENCE)).hexdigest()
    assert (tmp_path / "evidence" / content_hash[:2] / f"{content_hash}.json.gz").is_file()
    assert store.get(content_hash) == EVIDENCE


def test_equal_evidence_is_stored_once_and_byte_for_byte_the_same(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path / "one")
    path = tmp_path / "one" / make_evidence_path(store.put(EVIDENCE))
    before = path.stat()
    assert store.put(EVIDENCE) == store.put(EVIDENCE)
    assert path.stat().st_ino == before.st_ino
    other = tmp_path / "two" / make_evidence_path(EvidenceStore(tmp_path / "two").put(EVIDENCE))
    assert other.read_bytes() == path.read_bytes()
    assert [file for file in path.parent.iterdir() if file != path] == []


def test_missing_evidence_is_reported_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is missing") as caught:
        EvidenceStore(tmp_path).get("a" * 64)
    assert "Copy the evidence folder" in caught.value.remedy


def test_evidence_that_was_altered_is_refused(tmp_path: Path) -> None:
    store = EvidenceStore(tmp_path)
    content_hash = store.put(EVIDENCE)
    (tmp_path / make_evidence_path(content_hash)).write_bytes(gzip.compress(msgspec.json.encode(Evidence())))
    with pytest.raises(EvidenceError, match="hash differs"):
        store.get(content_hash)


@pytest.mark.parametrize("keep", [0, 5, 30])
def test_evidence_that_was_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    store = EvidenceStore(tmp_path)
    path = tmp_path / make_evidence_path(store.put(EVIDENCE))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(EvidenceError):
        store.get(path.name.removesuffix(".json.gz"))


def test_evidence_of_an_unknown_shape_is_refused(tmp_path: Path) -> None:
    text = b'{"schema":"new"}'
    content_hash = hashlib.sha256(text).hexdigest()
    path = tmp_path / make_evidence_path(content_hash)
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(text))
    with pytest.raises(EvidenceError, match="can't be read"):
        EvidenceStore(tmp_path).get(content_hash)


def test_a_small_file_does_not_unpack_into_all_of_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.evidence.store._LARGEST", 1000)
    text = b" " * 100_000
    path = tmp_path / make_evidence_path(hashlib.sha256(text).hexdigest())
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(text))
    with pytest.raises(EvidenceError, match="larger than 1000 bytes"):
        EvidenceStore(tmp_path).get(hashlib.sha256(text).hexdigest())


@pytest.mark.parametrize("bad", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"])
def test_only_a_hash_becomes_a_path(bad: str) -> None:
    with pytest.raises(EvidenceError, match="not an evidence hash"):
        make_evidence_path(bad)
