"""What does the command line do with wrong input? One line that says what is wrong, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_texts import SCENARIO, written
from command_line import Ran, Run


def refused(ran: Ran, *says: str) -> None:
    """One line on standard error, nothing else, exit code 2."""
    assert ran.code == 2, ran
    assert ran.out == ""
    rows = ran.err.splitlines()
    assert len(rows) == 1, rows
    assert rows[0].startswith("mailrace: ")
    assert "Traceback" not in rows[0]
    for part in says:
        assert part in rows[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        ([""], "No such command"),
        (["--frob"], "No such option '--frob'"),
        (["check", "--frob"], "No such option '--frob'"),
        (["--profile", "default", "check"], "No such option '--profile'"),
        (["explain"], "Missing argument 'PROPERTY'"),
        (["explain", "H-FROB"], "'H-FROB' is no property; the properties are O-EXPUNGE-TIMING, "),
        (["explain", "PHANTOM"], ", H-PHANTOM, "),
        (["explain", "phantom.txt"], "'phantom.txt' is no property"),
        (["check", "no such file"], "no file 'no such file', and no built-in scenario of that name; those are 3-delete, "),
        (["check", "."], "cannot read .: Is a directory"),
        (["check", ""], "cannot read"),
        (["explain", "H-PHANTOM", "no such file"], "no file 'no such file', and no built-in scenario of that name"),
        (["replay", "no such file"], "cannot read no such file: No such file or directory"),
        (["replay", "."], "cannot read .: Is a directory"),
        (["check", "--client", "clever"], "'clever' is no manner of client; the choices are naive, aware, reissuing"),
        (["check", "--client", "Naive"], "'Naive' is no manner of client"),
        (["check", "--client"], "Option '--client' requires an argument"),
        (["explain", "H-PHANTOM", "--client", ""], "'' is no manner of client"),
        (["check", "--profile", "frob"], "'frob' names no decision; write decision=strategy, the decisions are delete, "),
        (["check", "--profile", "frob=1"], "'frob=1' names no decision"),
        (["check", "--profile", "fetch=9"], "'9' is no strategy for fetch; the choices are 4.1.1, 4.1.2, 4.1.3"),
        (["check", "--profile", "fetch=4.1.1,fetch=4.1.2"], "fetch is chosen twice"),
        (["replay", "--profile", "fetch=9"], "'9' is no strategy for fetch"),
        (["explain", "H-PHANTOM", "--profile", "store"], "'store' names no decision"),
        (["check", "--profile", "a\nb"], "names no decision"),
        (["check", "--max-states", "0"], "0 is not in the range"),
        (["check", "--max-states", "-1"], "-1 is not in the range"),
        (["check", "--max-states", "many"], "'many' is not a valid integer"),
        (["explain", "H-PHANTOM", "--max-states", "0"], "0 is not in the range"),
        (["check", "--json"], "Option '--json' requires an argument"),
        (["strategies", "fetch"], "unexpected extra argument (fetch)"),
        (["properties", "H-PHANTOM"], "unexpected extra argument (H-PHANTOM)"),
        (["replay", "--client", "naive"], "No such option '--client'"),
    ],
)
def test_wrong_arguments(run: Run, arguments: list[str], says: str) -> None:
    refused(run(*arguments), says)


@pytest.mark.parametrize("command", [["check"], ["replay"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n\x00\xff", b"C1: A001 NOOP \xe9\n"])
def test_a_file_that_is_no_text(run: Run, tmp_path: Path, command: list[str], content: bytes) -> None:
    file = tmp_path / "binary"
    file.write_bytes(content)
    refused(run(*command, file), f"cannot read {file}: it is not UTF-8 text")


def test_a_file_without_permission(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, right = tmp_path / "secret.txt", Path.read_text
    secret.touch()

    def forbidden(self: Path, encoding: str) -> str:
        if self == secret:
            raise PermissionError(13, "Permission denied")
        return right(self, encoding)

    monkeypatch.setattr(Path, "read_text", forbidden)
    refused(run("check", secret), "secret.txt: Permission denied")


@pytest.mark.parametrize("command", [["check"], ["explain", "H-PHANTOM"]])
@pytest.mark.parametrize(("path", "says"), [(".", "it is a folder"), ("no/such.json", "there is no folder ")])
def test_a_json_file_that_cannot_be_written(
    run: Run, tiny: Path, tmp_path: Path, command: list[str], path: str, says: str
) -> None:
    file = tmp_path / path
    ran = run(*command, tiny, "--json", file)
    refused(ran, f"mailrace: cannot write {file}: {says}")


HUGE = "9" * 5000
CLIENT = "expected a client from C1 to C99"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "expected at least one client line such as 'C1: NOOP'"),
        ("Title: nothing\n", 1, "expected at least one client line"),
        ('Agent: DELIVER FOO "x"\n', 1, "expected at least one client line"),
        ("Mailbox: FOO 99999999 messages\nC1: NOOP\n", 1, "99999999 messages are too many; at most 100000"),
        (f"Mailbox: FOO {HUGE} messages\nC1: NOOP\n", 1, "too many"),
        ("Mailbox: FOO -1 messages\nC1: NOOP\n", 1, "expected 'NAME', 'NAME 7 messages' or"),
        ("Mailbox: FOO 1.5 messages\nC1: NOOP\n", 1, "expected 'NAME', 'NAME 7 messages' or"),
        ("Mailbox:\nC1: NOOP\n", 1, "expected 'NAME'"),
        ("Mailbox: FOO 3 messages, 4 \\Seen\nC1: NOOP\n", 1, "4 goes beyond the 3 messages of FOO"),
        ("Mailbox: FOO, * \\Seen\nC1: NOOP\n", 1, "* goes beyond the 0 messages of FOO"),
        ("Mailbox: FOO 3 messages, 0 \\Seen\nC1: NOOP\n", 1, "0 is not a sequence number"),
        ("Mailbox: FOO 3 messages, 1 \\Frob\nC1: NOOP\n", 1, "'\\\\Frob' is not a flag"),
        ("Mailbox: FOO 3 messages, 1\nC1: NOOP\n", 1, "expected 'NAME'"),
        ("Mailbox: FOO\n\nMailbox: FOO\nC1: NOOP\n", 3, "mailbox FOO is there already"),
        ("Mailbox: FOO/ 1 messages\nC1: NOOP\n", 1, "expected"),
        ("Mailbox: / 1 messages\nC1: NOOP\n", 1, "expected"),
        ("Mailbox: FOO\nSelected: FOO by C1\nSelected: INBOX by C1\nC1: NOOP\n", 3, "C1"),
        ("Selected: BAR by C1\nC1: NOOP\n", 1, "no mailbox 'BAR'; give it a 'Mailbox: BAR 3 messages' line"),
        ("Selected: INBOX\nC1: NOOP\n", 1, "expected 'Selected: FOO by C1 C2', found 'INBOX'"),
        ("Selected: INBOX by \nC1: NOOP\n", 1, "expected 'Selected: FOO by C1 C2'"),
        ("Examined: INBOX by X1\nC1: NOOP\n", 1, CLIENT),
        (f"Selected: INBOX by C{HUGE}\nC1: NOOP\n", 1, CLIENT),
        ("Profile: default\nC1: NOOP\n", 1, "'Profile' is no header; known: Title, Mailbox, Selected, Examined"),
        ("Titel: x\nC1: NOOP\n", 1, "'Titel' is no header"),
        ("C0: NOOP\n", 1, CLIENT),
        ("C100: NOOP\n", 1, CLIENT),
        (f"C{HUGE}: NOOP\n", 1, CLIENT),
        ("C1x: NOOP\n", 1, CLIENT),
        ("C1: NOOP\nS1: A001 OK\n", 2, "expected 'C1: command' or 'Agent: action', found 'S1'"),
        ("C1: NOOP\nTitle: late\n", 2, "expected 'C1: command' or 'Agent: action', found 'Title'"),
        ("# a remark\n\nC1: FROB\n", 3, "FROB is not a command known here; known: NOOP, "),
        ("C1: A001 NOOP\n", 1, "A001 is not a command known here"),
        ("C1:\n", 1, "expected a command"),
        ("C1: retry\n", 1, "expected a command"),
        ("C1: NOOP |\n", 1, "expected a command"),
        ("C1: forever\n", 1, "expected a command of C1 after 'C1: forever'"),
        ("C1: NOOP\nC1: forever\n", 2, "expected a command of C1 after 'C1: forever'"),
        ("C1: NOOP\nagain\n", 2, "expected 'C1: command', 'C1: retry command'"),
        ("C1: FETCH 0 FLAGS\n", 1, "0 is not a sequence number"),
        ("C1: FETCH 4294967296 FLAGS\n", 1, "4294967296 is not a sequence number"),
        (f"C1: FETCH {HUGE} FLAGS\n", 1, "is not a sequence number"),
        ("C1: SEARCH " + "NOT " * 5000 + "ALL\n", 1, "nested no deeper than"),
        ("C1: SEARCH " + "(" * 5000 + "\n", 1, "nested no deeper than"),
        ('C1: APPEND FOO "x\n', 1, "unbalanced quotation mark"),
        ("C1: NOOP\nAgent: FROB FOO\n", 2, "the agent can DELIVER, EXPUNGE or RENAME, not FROB"),
        ("C1: NOOP\nAgent: EXPUNGE FOO\n", 2, "expected a sequence set"),
        ("C1: NOOP\n" * 1001, 1001, "more than 1000 commands"),
    ],
)  # fmt: skip
def test_a_malformed_scenario(run: Run, tmp_path: Path, text: str, line: int, says: str) -> None:
    file = written(tmp_path / "scenario.txt", text)
    refused(run("check", file), f"mailrace: {file}: line {line}: ", says)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "expected at least one client line such as 'C1: A001 NOOP'"),
        ("S1: * OK\n", 1, "expected at least one client line"),
        ("hello\n", 1, "expected 'C1: tag command', 'S1: response', 'Agent: action' or '<comment>'"),
        ("C1: NOOP\n", 1, "expected a tag and a command such as 'A001 NOOP', found 'NOOP'"),
        ("C1: A+1 NOOP\n", 1, "expected a tag and a command"),
        ("C1: A001 FROB\n", 1, "FROB is not a command known here"),
        ("C1: A001 NOOP\n<never ends\n", 2, "expected '>' at the end of a comment"),
        ("C1: A001 NOOP\nMailbox: FOO\n", 2, "expected 'C1: tag command'"),
        ("Title: a\nTitle: b\nC1: A001 NOOP\n", 2, "a second Title; one is enough"),
        ("Frob: a\nC1: A001 NOOP\n", 1, "'Frob' is no header; known: Title, Profile, Mailbox, Selected, Examined"),
        ("Title: x\nProfile: fetch=9\nC1: A001 NOOP\n", 2, "'9' is no strategy for fetch; the choices are 4.1.1, 4.1.2"),
        ("Profile: frob=9\nC1: A001 NOOP\n", 1, "'frob=9' names no decision"),
        ("C1: A001 NOOP\n<otherwise: frob=1>\n", 2, "'frob=1' names no decision"),
        ("Mailbox: FOO 99999999 messages\nC1: A001 NOOP\n", 1, "too many"),
        (f"Mailbox: FOO {HUGE} messages\nC1: A001 NOOP\n", 1, "too many"),
        ("C0: A001 NOOP\n", 1, CLIENT),
        (f"C{HUGE}: A001 NOOP\n", 1, CLIENT),
        (f"C1: A001 NOOP\nS{HUGE}: A001 OK\n", 2, CLIENT),
        ("C1: A001 NOOP\nAgent: FROB\n", 2, "the agent can DELIVER, EXPUNGE or RENAME, not FROB"),
        (SCENARIO, 5, "expected a tag and a command"),
    ],
)
def test_a_malformed_transcript(run: Run, tmp_path: Path, text: str, line: int, says: str) -> None:
    file = written(tmp_path / "talk.txt", text)
    refused(run("replay", file), f"mailrace: {file}: line {line}: ", says)


def test_a_bar_in_quotation_marks_is_no_choice(run: Run, tmp_path: Path) -> None:
    assert run("check", written(tmp_path / "bar.txt", 'C1: APPEND INBOX "a|b"\n'), "--profile", "default").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "C1: NOOP\r\nC2: NOOP\r\n",
        "C: NOOP",
        "<a comment>\n# and another\nC1: noop\n",
        "Mailbox: inbox 1 messages\nSelected: Inbox by C1\nC1: NOOP\n",
        "Mailbox: FOO 3 messages, 1 \\seen \\DELETED, 2:* Keyword\nSelected: FOO by C1\nC1: NOOP\n",
        "Mailbox: FOO 2 messages, 1,2 empty\nExamined: FOO by C99\nC1: NOOP\n",
        "C1: FETCH 4294967295 FLAGS\n",
    ],
)
def test_odd_but_right(run: Run, tmp_path: Path, text: str) -> None:
    assert run("check", written(tmp_path / "odd.txt", text), "--profile", "default", "--client", "naive").code == 0
