"""Evidence aside from the results, by content hash."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import stat
import zlib
from typing import TYPE_CHECKING

import msgspec

from harness.errors import InfrastructureError
from harness.evidence.model import Evidence
from harness.files import read_regular, replace_file

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "evidence"
_HASH = re.compile(r"[0-9a-f]{64}")
# 20 KB of typical evidence take 0.09 ms and become 2.3 KB; level 6 takes 0.16 ms for 10 % less.
_LEVEL = 3
# Far more than the probe and the launcher keep; a small file must not unpack into all of memory.
_LARGEST = 64 * 1024 * 1024
_GZIP = 16 + zlib.MAX_WBITS  # what zlib wants to hear for a gzip header


class EvidenceError(InfrastructureError):
    """Evidence that a result refers to is missing or isn't what was stored."""


def make_evidence_path(content_hash: str) -> str:
    """Where evidence with this hash is, relative to the results folder. Raises `EvidenceError` for a malformed hash."""
    if not _HASH.fullmatch(content_hash):
        raise EvidenceError(f"{content_hash[:80]!r} is not an evidence hash.", remedy=_REMEDY)
    return f"{FOLDER}/{content_hash[:2]}/{content_hash}.json.gz"


class EvidenceStore:
    """Evidence below a results folder; the same content is stored once. Safe to use from threads and processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, evidence: Evidence) -> str:
        """Store, and return the content hash: SHA-256 of the JSON text, fields in their declared order."""
        text = msgspec.json.encode(evidence)
        content_hash = hashlib.sha256(text).hexdigest()
        path = self._folder / make_evidence_path(content_hash)
        if not self._is_whole(str(path), text):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, gzip.compress(text, compresslevel=_LEVEL, mtime=0))
        return content_hash

    def get(self, content_hash: str) -> Evidence:
        """Raises `EvidenceError` when it is missing, was altered, or is of a schema this program can't read."""
        path = f"{self._folder}/{make_evidence_path(content_hash)}"
        text = self._unpack(path)
        if hashlib.sha256(text).hexdigest() != content_hash:
            raise EvidenceError(f"Evidence {path} isn't what was stored: its hash differs.", remedy=_REMEDY)
        try:
            return _DECODER.decode(text)
        except msgspec.DecodeError as error:
            raise EvidenceError(f"Evidence {path} can't be read: {error}.", remedy=_REMEDY) from error

    def holds(self, content_hash: str, whole_at: float = 0) -> bool:
        """Whether it is there and is what was stored. Costs a quarter of what `get` does.

        At `whole_at`, in seconds since the epoch, it was: a file that hasn't changed since then isn't read, unless it
        is empty, as a loss of power may leave it.
        """
        try:
            path = f"{self._folder}/{make_evidence_path(content_hash)}"
            if _is_older(path, whole_at):
                return True
            text = self._unpack(path)
            return hashlib.sha256(text).hexdigest() == content_hash
        except EvidenceError:
            return False

    def _is_whole(self, path: str, text: bytes) -> bool:
        """Whether the file has this text. One that a loss of power left empty or cut off would stay for ever."""
        try:
            return self._unpack(path) == text
        except EvidenceError:
            return False

    def _unpack(self, path: str) -> bytes:
        try:
            unpacking = zlib.decompressobj(_GZIP)
            text = unpacking.decompress(read_regular(path), _LARGEST + 1)
        except FileNotFoundError as error:
            raise EvidenceError(f"Evidence {path} is missing.", remedy=_REMEDY) from error
        except (OSError, zlib.error) as error:
            raise EvidenceError(f"Evidence {path} can't be unpacked: {error}.", remedy=_REMEDY) from error
        if not unpacking.eof and len(text) <= _LARGEST:
            raise EvidenceError(f"Evidence {path} can't be unpacked: it is cut off.", remedy=_REMEDY)
        if len(text) > _LARGEST:
            raise EvidenceError(f"Evidence {path} is larger than {_LARGEST} bytes.", remedy=_REMEDY)
        return text


def _is_older(path: str, moment: float) -> bool:
    try:
        found = os.stat(path)  # noqa: PTH116 - a run that repeats another one looks at thousands of files
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0 and found.st_mtime < moment


_DECODER = msgspec.json.Decoder(Evidence)
_REMEDY = "Copy the evidence folder along with the results, or run the cell again."
