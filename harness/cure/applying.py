"""Changing the suite itself, which only `--apply` does: in a git tree without changes, so that it can be taken back."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from harness.cure.patches import list_changed
from harness.errors import InfrastructureError, UsageError
from harness.files import find_why_unwritable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.cure.model import Content
    from harness.suites.suite import Suite

_MOST = 3  # files that a message names


def require_clean_tree(suite: Suite) -> None:
    """Raise `UsageError` unless the suite is in a git tree in which no file that git knows is changed."""
    answer = _ask_git(suite.folder, "status", "--porcelain", "--untracked-files=no")
    if answer is None:
        raise UsageError(
            f"--apply changes a suite only in a git tree, and {suite.folder} is in none.",
            remedy="Leave --apply out, write the patch with --write FILE, and apply it yourself.",
        )
    changed = [line[3:] for line in answer.splitlines()]
    if changed:
        more = f" and {len(changed) - _MOST} more" if len(changed) > _MOST else ""
        raise UsageError(
            f"--apply needs a git tree without changes; changed are {', '.join(changed[:_MOST])}{more}.",
            remedy="Commit or stash them, or leave --apply out and use --write FILE.",
        )


def require_writable_file(path: Path) -> None:
    """Raise `UsageError` where no file can be written to this path."""
    reason = "it is a folder" if path.is_dir() else find_why_unwritable(path.parent)
    if not reason and not path.parent.is_dir():
        reason = f"there is no folder {path.parent}"
    if not reason and path.exists() and not os.access(path, os.W_OK):
        reason = "no right to write to it"
    if reason:
        raise UsageError(f"--write {path}: {reason}.", remedy="Name a file in a folder that you may write to.")


def apply_change(suite: Suite, before: Content, after: Content) -> tuple[str, ...]:
    """Write what differs into the suite's folder, all of it or nothing; gives the paths.

    Raises `UsageError` where a file isn't what was read any more, is not known to git, or lies behind a link.
    """
    require_clean_tree(suite)
    paths = list_changed(before, after)
    for path in paths:
        _require_changeable(suite, path, before.get(path))
    _write_all(suite.folder, {path: after[path] for path in paths}, before)
    return paths


def _require_changeable(suite: Suite, path: str, before: bytes | None) -> None:
    place = suite.folder / path
    problem = ""
    if path in suite.linked or place.is_symlink() or suite.folder not in place.resolve().parents:
        problem = "a link leads to it"
    elif before is None:
        problem = "it is there now" if place.exists() else ""
    elif not place.is_file() or place.read_bytes() != before:
        problem = "it was changed meanwhile"
    elif _ask_git(suite.folder, "ls-files", "--error-unmatch", "--", path) is None:
        problem = "git doesn't know it, so the change couldn't be taken back"
    if problem:
        raise UsageError(
            f"--apply: {path} is not changed: {problem}.", remedy="Write the patch with --write FILE and look at it."
        )


def _write_all(folder: Path, files: Mapping[str, bytes], before: Content) -> None:
    """Write each file beside its place first, and then put all of them there."""
    beside = {path: (folder / path).with_name(f".{(folder / path).name}.{os.getpid()}") for path in files}
    done: list[str] = []
    try:
        for path, data in files.items():
            beside[path].write_bytes(data)
            if (folder / path).exists():
                shutil.copymode(folder / path, beside[path])
        for path in files:
            beside[path].replace(folder / path)
            done.append(path)
    except BaseException as error:
        for path in done:
            if path in before:
                (folder / path).write_bytes(before[path])
            else:
                (folder / path).unlink()
        if isinstance(error, OSError):
            raise InfrastructureError(
                f"The suite could not be changed, and is as it was: {error.strerror} ({error.filename}).",
                remedy="Mend that, or write the patch with --write FILE.",
            ) from error
        raise
    finally:
        for left in beside.values():
            left.unlink(missing_ok=True)


def _ask_git(folder: Path, *arguments: str) -> str | None:
    """What git says; None where it fails, or there is no git."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
