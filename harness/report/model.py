"""What the page is given: everything it shows, as plain data. Indices stand for things that are listed once.

The page's script reads it by these names in camel case (`outcomes`, `clientVersion`). It is in several blocks, so that
what is needed first is there first: `PageData`, and the others when something asks for them.
"""

from __future__ import annotations

import msgspec

NOT_MEASURED = -1
"""In a column of outcomes: the cell wasn't run there."""


class PageValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value of an axis, and what it means in one line."""

    name: str
    meaning: str
    words: str  # a clause of a sentence, "the client is made in an async fixture"; empty where there is none


class PageAxis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An axis, in the catalogue's order. `core` ones begin a cell's id, the others follow as `axis=value`."""

    name: str
    question: str  # what it decides
    core: bool
    default: str
    values: tuple[PageValue, ...]


class PageEnvironment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An environment, as a column. Those that can be compared stand side by side."""

    id: str
    heading: str  # the shortest name that is its alone, "1.5.0 py3.13"
    main: bool  # runs the Python that has the most releases
    dimensions: dict[str, str]  # "pytest-asyncio", "python", "pytest", "client", "platform" → version or name
    released: str = ""  # day of the release of pytest-asyncio
    freeze: tuple[str, ...] = ()
    server: str = ""
    machine: str = ""
    run: str = ""  # that measured most of it
    own: bool = False  # from a run of one's own, not from the baseline
    unusable: bool = False  # not even the simplest suite passes there, so it says nothing of habits
    findings: tuple[tuple[int, str], ...] = ()  # warnings that every suite there gets: signature, text


class PageUnresolvable(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Versions that could not be installed together."""

    id: str
    reason: str
    run: str


class PageFinding(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A signature met in one channel and role."""

    signature: int
    channel: str
    role: str
    tests: tuple[int, ...] = ()
    text: int = -1  # the first matching text


class PageUnnamed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error that no signature names."""

    channel: str
    type: str
    text: str
    test: int = -1


class PageVerdict(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A verdict. Equal ones are listed once."""

    status: str
    label: str
    outcome: int  # equal for verdicts that are the same outcome
    body: str = "clean"  # what the status would be of the test bodies alone
    cleanup: str = "clean"  # and of what is put away
    findings: tuple[PageFinding, ...] = ()
    unnamed: tuple[PageUnnamed, ...] = ()
    pattern: str = ""
    reason: str = ""
    ending: str = ""
    notes: tuple[str, ...] = ()


class PageMatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a line that somebody pastes may show a signature: all that is given must hold."""

    types: tuple[str, ...] = ()  # one of these names, without its module
    text: str = ""  # a regular expression, that Python and browsers read alike
    alone: bool = False  # the text says enough: the type may be missing
    lead: str = ""  # what stands before it


class PageSignature(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A named kind of error."""

    name: str
    title: str
    category: str
    cause: str
    advice: str
    reference: str
    matches: tuple[PageMatch, ...] = ()


class PageHabit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A well-known habit, and the cell that follows it."""

    title: str
    cell: str


class PageEffect(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one piece of advice did on one release: cells by what became of them. Leaks and warnings are no errors."""

    release: str
    system: str
    verdict: str  # in a word: "holds", "partly", …
    cured: int  # of the cells with an error
    failing: int  # cells with an error before
    harmed: int  # of the cells without an error
    passing: int  # cells without an error before
    counts: dict[str, int]


class PageAdvice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A piece of common advice, and what it did. What cures most on the newest release comes first."""

    name: str
    text: str
    change: str  # what was changed to measure it
    given: tuple[str, ...]  # addresses
    places: tuple[str, ...]  # where it cures and harms, a sentence each
    effects: tuple[PageEffect, ...]  # of each system, in the order of releases; none: `unmeasured` says why
    unmeasured: str = ""


class PageChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What happened to some cells from one environment to the next: one cause, one sentence."""

    kind: str  # "appeared", "disappeared", … as `compare` has them
    sentence: str  # "240 cells now show `event-loop-fixture-missing` (before: `clean`)."
    where: str  # what all of them have in common and no other cell has, in words; empty where there is no such thing
    query: str  # the same in the language of selections
    cells: tuple[int, ...]


class PageStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Two successive environments that differ in one thing, and what changed."""

    dimension: str  # as in `PageEnvironment.dimensions`
    before: int
    after: int
    also: tuple[str, ...]  # what else differs, such as "pytest 8.2.0 → 8.3.1"
    counts: dict[str, int]  # compared cells by what became of them, "same" among them
    changes: tuple[PageChange, ...]  # the most cells first


class PageProvenCure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A change that is proven to cure a suite of the user's own."""

    change: str
    patch: str  # a unified diff; empty where only versions change
    proof: str  # a sentence
    elsewhere: tuple[str, ...]  # what it does on further versions, a sentence each
    environments: tuple[str, ...]  # ids of those that it is proven in


class PageSuite(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A suite of the user's own: what became of each test in each environment."""

    name: str
    cell: int  # under which its verdicts are
    tests: tuple[str, ...]  # and files that could not be collected; none where no test was run
    texts: tuple[str, ...]  # what became of tests: "passed", "failed: different-loop"
    outcomes: dict[int, tuple[int, ...]]  # environment → a text for each test, -1 where it wasn't run
    ranks: tuple[int, ...]  # of each text: how much it matters, 0 for an error with a name … 5 for passed
    headlines: dict[int, str]  # environment → what became of the whole suite
    notes: dict[int, tuple[str, ...]]  # environment → what else is to be known of how it ran
    unseen: tuple[int, ...] = ()  # environments in which it ran, but whose evidence is gone
    words: str = ""  # what names it in a command, as it was run; empty where that isn't known
    cures: tuple[PageProvenCure, ...] = ()


class PageData(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All that views start from."""

    title: str
    made: str  # UTC, ISO 8601
    sources: str  # how much came from where
    version: str  # of the harness
    axes: tuple[PageAxis, ...]
    cells: tuple[str, ...]  # ids
    tests: tuple[str, ...]  # names that findings refer to
    texts: tuple[str, ...]  # that findings refer to
    environments: tuple[PageEnvironment, ...]
    signatures: tuple[PageSignature, ...]
    verdicts: tuple[PageVerdict, ...]
    outcomes: tuple[tuple[int, ...], ...]  # environment → cell → verdict, or NOT_MEASURED
    samples: dict[int, dict[int, tuple[int, ...]]]  # environment → cell → verdicts, where repeated runs differ
    unstable: dict[int, str]  # cell → why no two runs of it need to show the same
    statuses: dict[str, str]  # what each means
    client: str  # the client package that is meant where none is named
    arrow: str  # what the arrow in labels means
    releases: dict[str, dict[str, tuple[str, ...]]]  # package → Python → all of its releases, in order
    unresolvable: tuple[PageUnresolvable, ...]
    gravity: dict[str, int]  # status → how grave it is for `compare`; one that isn't here says nothing about a cell
    counting: dict[str, tuple[str, ...]]  # status → categories of signatures that it stands for
    commands: dict[str, str]  # "run", "repro", "explain", "compare", …; {cell} and {environment} stand for those
    unanswered: str  # pattern of errors that say that no server is listening
    habits: tuple[PageHabit, ...] = ()
    advice: tuple[PageAdvice, ...] = ()
    meanings: dict[str, str] = {}  # of the words that advice is judged by
    steps: tuple[PageStep, ...] = ()
    suites: tuple[PageSuite, ...] = ()


class PageFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of suites: its path, and its lines."""

    path: str
    lines: tuple[int, ...]


class Suites(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The rendered suites. Lines and files are listed once."""

    lines: tuple[tuple[str, ...], ...]  # each as a kind of token, its text, the next one's kind, …; "" is plain
    files: tuple[PageFile, ...]
    suites: dict[int, tuple[int, ...]]  # cell → files
    rendered_for: dict[int, int]  # cell → environment, where it isn't the newest one that can run it


class PageFileChange(msgspec.Struct, frozen=True, array_like=True):
    """How one file becomes another, both as numbers of `Suites.files`; -1 where there is none on that side."""

    before: int
    after: int
    blocks: tuple[int, ...]  # lines that differ, from 0: begin and end before, begin and end after, and so on


class Cures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The block "cures": for cells that aren't clean, the nearest cells that are better, as measured.

    They are in the newest environment and in those of one's own runs. A diff is that of the cells' files in `Suites`,
    path by path; each two different files are here once.
    """

    changes: tuple[PageFileChange, ...]
    cures: dict[int, dict[int, tuple[int, ...]]]  # environment → cell → cells that are better there, the best first


class PageMoment(msgspec.Struct, frozen=True, array_like=True):
    """Where something happened: the test's place in `PageRun.tests`, -1 before them and their number after them."""

    test: int
    when: str  # a phase, as evidence names it
    at: str = ""  # "conftest.py:14 in client"


class PageLoop(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A line of the ledger of loops."""

    name: str  # "loop-1"
    kind: str
    created: PageMoment
    closed: PageMoment | None = None
    pending: tuple[str, ...] = ()


class PageUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Use of a connection in one phase, from one loop."""

    moment: PageMoment
    loop: str = ""  # none was running
    writes: int = 0
    late: bool = False  # the connection's own loop was closed by then


class PageConnection(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A line of the ledger of connections."""

    name: str  # "connection-1"
    opened: PageMoment
    loop: str = ""
    uses: tuple[PageUse, ...] = ()
    closed: PageMoment | None = None  # None: nobody closed it
    closed_on: str = ""  # the loop that was running then
    close_failed: tuple[tuple[str, str], ...] = ()  # types and texts, the surface first


class PageRaised(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An exception of a chain."""

    type: str
    text: str
    link: str = "surface"  # how it hangs on the one before it, as evidence has it
    origin: str = ""


class PageFailure(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An error with its chain, the surface first. What reached no test says where it was met instead."""

    moment: PageMoment
    chain: tuple[PageRaised, ...]
    lead: str = ""  # "ignored by Python: Exception ignored in …"; empty for an error of a test's phase


class PageWarning(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A warning that pytest recorded."""

    category: str
    text: str
    location: str = ""
    count: int = 1  # times it was met


class PageStory(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What happened, in sentences, as `diagnose --run` has them."""

    kind: str
    heading: str
    sentences: tuple[str, ...]
    count: int = 1
    tests: tuple[str, ...] = ()


class PageRun(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What was observed in one run of one suite."""

    tests: tuple[str, ...]  # ids, in order
    letters: str = ""  # one a test, as in `PageVerdict.pattern`
    loops: tuple[PageLoop, ...] = ()
    connections: tuple[PageConnection, ...] = ()
    failures: tuple[PageFailure, ...] = ()
    warnings: tuple[PageWarning, ...] = ()
    left: tuple[str, ...] = ()  # "1 connection to the server", "key `counter`": what was there at the end
    summary: tuple[str, ...] = ()  # sentences
    stories: tuple[PageStory, ...] = ()
    stacks: str = ""  # of all threads, where it hung


class PageEvidence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The block "evidence": what is kept of runs of one's own. Equal runs are listed once."""

    runs: tuple[PageRun, ...]
    found: dict[int, dict[int, int]]  # environment → cell → run
    suites: dict[str, dict[int, int]]  # a suite of the user's own → environment → run
    left_out: int = 0  # runs for which there was no room
