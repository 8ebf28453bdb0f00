"""Which files of a suite go into a reproduction, that is sent to somebody else."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from harness.errors import UsageError
from harness.repro.secrets import find_secret, hide_secrets
from harness.repro.sharing import share_files
from harness.suites.conditions import Conditions
from harness.suites.suite import load_suites, make_suite
from tests.systems import make_link

if TYPE_CHECKING:
    from pathlib import Path

TEST = (
    b'from pathlib import Path\n\ndef test_it():\n    Path("data.json"), Path(".env"), Path("db.key"), Path("x.cfg")\n'
)


def share(content: dict[str, bytes], *include: str) -> set[str]:
    return set(share_files(make_suite("suite:mine", {"test_it.py": TEST, **content}), include).suite.content)


def test_python_files_configuration_and_what_these_name_go_in() -> None:
    files = {"app/core.py": b"", "pyproject.toml": b"readme = 'README.md'", "README.md": b"", "data/data.json": b"{}"}
    assert share(files | {"notes.txt": b"", "dump.rdb": b""}) == {"test_it.py", *files}


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "config/.env.local", "db.key", "tls/server.PEM", "id_rsa", "home/.ssh/config", "x/.aws/data.json"),
        *("credentials.json", "secrets.py", "secrets/data.json", "kubeconfig", "vault.kdbx", "terraform.tfvars"),
        *("env", "app.env.production", "token", "tokens.json", "api_keys.yaml", "db_password.txt", "ssh_host_key"),
        *(".netrc", ".npmrc", ".pypirc", "client.p12", ".github/data.json", ".hidden.py"),
    ],
)
def test_no_secret_and_no_hidden_file_goes_in_even_where_tests_name_it(path: str) -> None:
    naming = f'open("{path.rpartition("/")[2]}")'.encode()
    assert path not in share({path: b"", "conftest.py": naming})
    assert path not in share({path: b""}, "*")
    assert path in share({path: b""}, path)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----",
        "AKIAABCDEFGHIJKLMNOP",
        'API_TOKEN = "9f8a7d6c5b4a39281706"',
        "os.environ['DB_PASSWORD'] = 'aGVsbG8gd29ybGQ1234'",
        'connect("redis://:hunter22@cache.internal:6379/0")',
        "postgresql+asyncpg://shop:Tr0ub4dor@db/shop",
        "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQo=",
        "AccountKey=Zx81kq92mmdKe73hqPq1; DB_PASS='Zx81kq92mmdKe73hqPq1'",
        "ghp_" + "a1" * 18,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    ],
)
def test_what_looks_like_a_secret_is_found_in_code_and_in_data(text: str) -> None:
    assert find_secret(f"x\n{text}\n", code=True)
    assert find_secret(text.encode("utf-16-le"), code=False)
    assert "***" in hide_secrets(f"before {text} after")


@pytest.mark.parametrize(
    "text", ['{"password": "hunter22"}', "api_token: s3cret-value", "requirepass hunter22", "DB_PASS=hunter22"]
)
def test_a_short_password_counts_in_data(text: str) -> None:
    assert find_secret(text, code=False)


@pytest.mark.parametrize(
    "text",
    [
        "token = create_token(user)",
        'client = Valkey(password=os.environ["PASSWORD_OF_2024"])',
        'url = f"redis://{user}:{password}@{host}"',
        '"redis://user:password@localhost"',
        '"redis://guest:guest@localhost"',
        'TOKEN = "test-token-of-2024-01"',
        "authors = [{name = 'Jonathan Appleseed 2024'}]",
        "assert token == other_token_of_somebody_1",
    ],
)
def test_ordinary_code_is_no_secret(text: str) -> None:
    assert not find_secret(text, code=True)


@pytest.mark.parametrize(
    "text", ["author = Jonathan Appleseed", "max_tokens = 100000", "password: test", "bypass: hunter22", "pass rate: 1"]
)
def test_ordinary_configuration_is_no_secret(text: str) -> None:
    assert not find_secret(text, code=False)


@pytest.mark.parametrize(
    "path", ["test_secrets.py", "app/tokens.py", "app/tokens/store.py", "cookies.py", "tokenizer.json"]
)
def test_code_may_be_named_after_what_it_does(path: str) -> None:
    assert path in share({path: b"", "conftest.py": b"tokenizer.json"})


def test_what_nobody_can_look_into_goes_in_only_by_its_own_name() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("secret.pem", "-----BEGIN PRIVATE KEY-----" * 9)
    files = {"data.zip": stream.getvalue(), "data.gz": gzip.compress(b"password"), "data.db": b"SQLite format 3\0"}
    texts = {
        "data.txt": "Größe".encode("utf-16"),
        "data.tex": "Größe".encode("latin-1"),
        "data.log": b"\x1b[1mbold\x1b[m",
    }
    content = {**files, **texts, "conftest.py": " ".join([*files, *texts]).encode()}
    assert share(content) == {"test_it.py", "pytest.ini", "conftest.py", *texts}
    assert "data.zip" not in share(content, "data.*")
    assert "data.zip" in share(content, "data.zip")


def test_values_are_hidden_wherever_they_are_repeated() -> None:
    assert hide_secrets("KeyError: 'orange-juice' at 3", ["orange-juice", "3"]) == "KeyError: '***' at 3"


def test_what_a_link_brings_in_stays_out(tmp_path: Path) -> None:
    outside, suite = tmp_path / "outside", tmp_path / "suite"
    outside.mkdir()
    (outside / "helpers.py").write_text("")
    suite.mkdir()
    (suite / "test_it.py").write_text("import helpers, folder.helpers, data")
    (suite / ".env").write_text("")
    make_link(suite / "helpers.py", outside / "helpers.py")
    make_link(suite / "folder", outside)
    make_link(suite / "same.py", "test_it.py")
    make_link(suite / "settings.py", ".env")
    (whole,) = load_suites([suite], Conditions())
    shared = share_files(whole)
    assert set(shared.suite.content) == {"test_it.py", "same.py", "pytest.ini"}
    assert set(shared.left_out) == {"helpers.py", "folder/helpers.py", "settings.py", ".env"}
    assert set(whole.content) == {*shared.suite.content, *shared.left_out}
    assert "helpers.py" in share_files(whole, ["helpers.py"]).suite.content


def test_a_pattern_adds_files_and_one_that_fits_none_is_refused() -> None:
    files = {"data/one.csv": b"", "data/two.csv": b"", "data/keys.csv": b"AKIAABCDEFGHIJKLMNOP", "more.csv": b""}
    assert share(files, "data/*.csv", "./more.csv") == {"test_it.py", "pytest.ini", *files} - {"data/keys.csv"}
    with pytest.raises(UsageError, match="No file of the suite matches --include 'date/"):
        share(files, "date/*.csv")
