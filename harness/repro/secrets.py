"""What looks like a secret: names of files, and texts."""

from __future__ import annotations

import codecs
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from harness.servers.secrecy import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORDS = ("secret", "credential", "password", "passwd", "api_key", "api-key", "apikey", "tokens", "cookies")
_KINDS = ("json", "yaml", "yml", "toml", "ini", "cfg", "conf", "txt", "properties", "xml", "csv")
"""In names of files that are no code: `test_secrets.py` is a test."""

NAMES = (
    *(".env*", "*.env", ".netrc", "_netrc", ".pypirc", ".npmrc", ".pgpass", ".my.cnf", ".git-credentials"),
    *("*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx", "*.asc", "*.gpg", "*.ovpn"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "kubeconfig*", "*.kubeconfig", "*.tfvars", "*.tfstate*"),
    *(".aws", ".ssh", ".gnupg", ".kube", ".docker", ".azure", ".htpasswd", "htpasswd", "vault-token"),
    *("credentials*", "*credentials.json", "secret", "secret.*", "secrets", "secrets.*", "*.secret", "*.secrets"),
    *("token", "env", "*.env.*", "ssh_host_*"),
    *(f"*{word}*.{kind}" for word in _WORDS for kind in _KINDS),
    *("service-account*.json", "service_account*.json", "client_secret*", "passwords*", "auth.json", "*token.json"),
)
"""Of files and folders, in small letters."""

_LOOKS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:[^-]*(?:-----END|\Z))?"),
    "a private key in base64": re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]*"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token": re.compile(
        r"\b(?:gh[opsur]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|AIza[\w-]{30,}"
        r"|(?:sk|rk|pk)[_-](?:live|test|proj|ant)[_-][\w-]{16,}|sk-[A-Za-z0-9]{32,}|pypi-[\w-]{30,}|npm_[A-Za-z0-9]{30,}"
        r"|hf_[A-Za-z0-9]{30,}|[Bb]earer\s+[A-Za-z0-9._~+/=-]{20,}|dop_v1_[0-9a-f]{32,}|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*)"
    ),
}
"""Texts that are secrets wherever they stand."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?P<user>[^\s:/@\"'`<>]*):(?P<value>[^\s/@\"'`<>]+)@")

_ASSIGNED = re.compile(
    r"(?:secrets?|token|passw(?:or)?d|(?<![a-z])pass(?![a-z])|passphrase|pwd|credentials?|auth(?!or)|requirepass|masterauth"
    r"|(?:secret|api|access|private|signing|encryption|master|account|storage)[_-]?key)(?P<tail>[\w.-]*)[\"']?\]?"
    r"(?:\s*:\s*str)?\s*(?:[=:>]|(?<=requirepass)|(?<=masterauth))\s*[bru]?(?P<quote>[\"']?)(?P<value>[^\s\"',;<>]+)",
    re.IGNORECASE,
)
_TAILS = ("", "_key", "-key", "key", "_value")
"""After `secret` and the like, what still names the secret and not something about it."""

_LONG = re.compile(r"(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/=_.~-]{16,}")
"""A value that somebody may have been given by a machine."""

_SHORTEST = 6
"""Characters of a value in a file that is no code: fewer keep nothing from anybody."""

_INVENTED = re.compile(
    r"test|fake|dummy|example|sample|mock|placeholder|change.?me|your|invalid|xxx|(?:pass(?:word|wd)?|secret|guest|user(?:"
    r"name)?|postgres|redis|valkey|foobar|true|false|none|null|required|optional)[\d!]*\Z",
    re.IGNORECASE,
)
_OPEN = re.compile(r"[{}$<>*()]|%[(s]|\.\.\.|…")
"""In what stands for a value that is filled in, and in a call."""


_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What text of two bytes a character begins with."""

_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""Bytes that stand in no text. The escape character does, where a terminal's output was kept."""


def find_secret_name(path: str) -> str:
    """The part of a path that names a secret; empty if none does."""
    return next((part for part in path.split("/") for name in NAMES if fnmatchcase(part.lower(), name)), "")


def find_secret(content: str | bytes, *, code: bool) -> str:
    """What in a file looks like a secret, such as "a private key"; empty if nothing does.

    In code, a value counts as a secret only if it is quoted and long: calls and names of fixtures are none.
    """
    text = content if isinstance(content, str) else content.replace(b"\0", b"").decode("utf-8", "replace")
    if what := next((what for what, look in _LOOKS.items() if look.search(text)), ""):
        return what
    if next(_find_passwords(text), ""):
        return "a URL with a password"
    return "a password or token" if next(_find_written_down(text, code=code), "") else ""


def is_readable(content: bytes) -> bool:
    """Whether it is text. In an archive, a database or another binary file a secret is found by nobody who looks."""
    return content.startswith(_MARKS) or not _BINARY.search(content)


def hide_secrets(text: str, values: Iterable[str] = ()) -> str:
    """The text without what looks like a secret wherever it stands, and without these values."""
    found = {each[0] for look in _LOOKS.values() for each in look.finditer(text)}
    found.update(_find_passwords(text))
    found.update(each["value"] for each in _ASSIGNED.finditer(text) if _LONG.fullmatch(each["value"]))
    found.update(value for value in values if len(value) >= _SHORTEST)
    for value in sorted(found, key=len, reverse=True):  # one may be a part of the other
        text = Secret(value).hide(text)
    return text


def _find_passwords(text: str) -> Iterator[str]:
    """Those in URLs."""
    for found in _URL.finditer(text):
        if found["value"] != found["user"] and not _is_harmless(found["value"]):
            yield found["value"]


def _find_written_down(text: str, *, code: bool) -> Iterator[str]:
    """Values of what is called a secret."""
    for found in _ASSIGNED.finditer(text):
        value = found["value"]
        long = _LONG.fullmatch(value) is not None
        named = found["tail"].lower() in _TAILS and len(value) >= _SHORTEST
        if (long and found["quote"] if code else long or named) and not _is_harmless(value):
            yield value


def _is_harmless(value: str) -> bool:
    return bool(_INVENTED.match(value) or _OPEN.search(value))
