"""How often is a DELETE, RENAME or EXPUNGE refused because others have the mailbox open, and how long until one succeeds?

RFC 2180 §3.1 and §4.1.4 say of refusing that with many clients the window in which nobody has the mailbox accessed may be
small or non-existent. Here clients come and go, and now and then somebody tries, and tries again until it is answered OK
(or until they have had enough). The moments of first tries are a Poisson process of their own, so that these see the
mailbox as it is on average (Wolff, Poisson Arrivals See Time Averages, Oper. Res. 30, 1982).

All begins with nobody inside; the first `warmup` mean stays are not counted. After w of them the chance of a refusal is
still short of its limit by exp(−ρ)(exp(ρR(w)) − 1): for 30, by nothing to speak of, whatever the distribution.
"""

from __future__ import annotations

from typing import NamedTuple

import simpy

from explore.studies import charts, occupancy
from explore.studies.design import Measure, Ran, Study
from explore.studies.parameters import Numbers, OneOfWords, Parameter, Point
from explore.studies.simulation import Visitors, Watched, exponential, streams
from model.time import Connection, Process

HEADER = "Mailbox: FOO 1 messages"
HOUR, MINUTE = 3600.0, 60.0
PERIODIC, EXPONENTIAL = "periodic", "exponential"
PROFILES = {"DELETE": "delete=3.1", "RENAME": "rename=3.1", "EXPUNGE": "expunge=4.1.4"}
FIRST, WAIT, GAVE_UP = "refused", "time to success", "gave up"


class At(NamedTuple):
    """A point of either study, as the parameters below say."""

    clients: int
    visits: float
    minutes: float
    lengths: str
    retry: float
    retries: str
    tries: int
    attempts: int
    spacing: float
    warmup: float
    command: str = "EXPUNGE"

    @property
    def load(self) -> float:
        """ρ: how many clients have the mailbox open, on average."""
        return self.clients * self.visits / HOUR * self.minutes * MINUTE

    @property
    def stay(self) -> float:
        """The mean stay, in seconds."""
        return self.minutes * MINUTE


PARAMETERS = (
    Parameter("clients", (5, 15, 30, 60), "clients", "that use the mailbox", Numbers(1, 2000, False, True), several=True),
    Parameter("visits", 1.0, "per hour", "how often each of them opens it", Numbers(0, 1000)),
    Parameter("minutes", 3.0, "minutes", "how long it stays open, on average", Numbers(0, 10_000)),
    Parameter(
        "lengths", ("exponential", "deterministic", "pareto"), "", "how session lengths are distributed",
        OneOfWords(occupancy.NAMES), several=True,
    ),
    Parameter("retry", 5.0, "minutes", "how long after a refusal it is tried again", Numbers(0, 10_000)),
    Parameter("retries", PERIODIC, "", "whether always as long, or on average", OneOfWords((PERIODIC, EXPONENTIAL))),
    Parameter("tries", 300, "tries", "after how many one gives up", Numbers(1, 2000, False, True)),
    Parameter("attempts", 10, "per replication", "how often somebody sets out to do it", Numbers(1, 10_000, False, True)),
    Parameter("spacing", 15.0, "minutes", "from one such attempt to the next, on average", Numbers(0, 10_000)),
    Parameter("warmup", 30.0, "mean stays", "what is not counted at the beginning", Numbers(0, 1000, False)),
)  # fmt: skip
COMMAND = Parameter("command", "DELETE", "", "what is tried", OneOfWords(("DELETE", "RENAME")))


MEASURES = (
    Measure(FIRST, "share", "first tries that are answered NO", share=True),
    Measure(WAIT, "minutes", "from the first try until one is answered OK, or until one gives up"),
    Measure(GAVE_UP, "share", "attempts that are given up", share=True),
)


class _Tally:
    """What the attempts of one replication came to."""

    def __init__(self) -> None:
        self.refused, self.gave_up, self.waited = 0, 0, 0.0


def replicate(point: Point, seed: int, keep: bool) -> Ran:
    """One replication: visitors come and go, and attempts are made at random moments until all of them have ended."""
    at = At(**point)
    guests, moments, gaps = streams(seed, 3)
    simulation = Watched(HEADER, PROFILES[at.command], seed, keep)
    env = simulation.env
    lengths = occupancy.length(at.lengths)
    visitors = Visitors(simulation, guests)
    env.process(visitors.come("FOO", at.clients * at.visits / HOUR, lambda source: lengths.draw(source, at.stay)))
    retry = at.retry * MINUTE
    tally, tried = _Tally(), []
    free: list[Connection] = []

    def attempt(connection: Connection) -> Process:
        began = env.now
        for number in range(at.tries):
            if number:
                yield env.timeout(retry if at.retries == PERIODIC else gaps.expovariate(1 / retry))
            done = yield from TRY[at.command](connection, number == 0)
            tally.refused += number == 0 and not done
            if done:
                break
        tally.gave_up += not done
        tally.waited += env.now - began
        free.append(connection)

    def attempts() -> Process:
        yield env.timeout(at.warmup * at.stay)
        for _ in range(at.attempts):
            yield env.timeout(exponential(at.spacing * MINUTE)(moments))
            connection = free.pop() if free else simulation.connect()
            tried.append(simulation.add(connection.sid, attempt))

    env.run(until=env.process(attempts()))
    env.run(until=simpy.AllOf(env, tried))
    count = float(at.attempts)
    return Ran(
        {FIRST: (tally.refused, count), WAIT: (tally.waited / MINUTE, count), GAVE_UP: (tally.gave_up, count)}, simulation
    )


def _delete(connection: Connection, first: bool) -> Process:
    done = yield from connection.command("DELETE FOO")
    if done.status == "OK":
        yield from connection.command("CREATE FOO")
    return done.status == "OK"


def _rename(connection: Connection, first: bool) -> Process:
    done = yield from connection.command("RENAME FOO BAR")
    if done.status == "OK":
        yield from connection.command("RENAME BAR FOO")
    return done.status == "OK"


def _expunge(connection: Connection, first: bool) -> Process:
    """The mailbox is open just for the EXPUNGE: else two who wait for each other to leave would wait for ever."""
    if first:
        yield from connection.command('APPEND FOO (\\Deleted) "to be expunged"')
    yield from connection.command("SELECT FOO")
    done = yield from connection.command("EXPUNGE")
    yield from connection.command("CLOSE")
    return done.status == "OK"


TRY = {"DELETE": _delete, "RENAME": _rename, "EXPUNGE": _expunge}


def expected(point: Point) -> dict[str, float]:
    """Theory: M/G/∞, see `explore.studies.occupancy`."""
    at = At(**point)
    lengths = occupancy.length(at.lengths)
    gap = at.retry * MINUTE / at.stay
    campaign = occupancy.campaign(at.load, lengths, gap, at.retries == PERIODIC, at.tries)
    return {FIRST: occupancy.occupied(at.load), WAIT: campaign.gaps * at.retry, GAVE_UP: campaign.gave_up}


THEORY = (
    "sessions are M/G/∞ with ρ = clients × visits × minutes: P(refused) = 1 − exp(−ρ), whatever the distribution of "
    "session lengths; the time to success by a renewal equation, and that depends on it"
)
DELETE_REFUSED = Study(
    name="delete-refused",
    question="How often is DELETE (or RENAME) refused while others have the mailbox open, and how long until it succeeds?",
    source="RFC 2180 §3.1",
    theory=THEORY,
    parameters=(*PARAMETERS, COMMAND),
    measures=MEASURES,
    replications=20,
    replicate=replicate,
    expected=expected,
    plot=lambda frame: charts.refusals(frame, expected),
    small={"clients": "8", "lengths": "exponential", "attempts": 4, "warmup": 1, "tries": 20},
)
EXPUNGE_REFUSED = DELETE_REFUSED._replace(
    name="expunge-refused",
    question="How often is EXPUNGE refused while others have the mailbox open, and how long until it succeeds?",
    source="RFC 2180 §4.1.4",
    parameters=PARAMETERS,
)
