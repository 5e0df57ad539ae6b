"""How often is a STORE on all messages at once refused, if the server sets nothing when one of them is expunged?

RFC 2180 §4.2.4 says that with many clients the window in which there are no pending expunges may be small or
non-existent, effectively disallowing it. Here a client says NOOP again and again, each time so long after the last answer
(`poll`; always, or on average, exponential). Others, as the external agent, expunge a message at the moments of a Poisson
process, and each time another one arrives; message 1 stays, so that a STORE never names only expunged ones (§4.2.2).
Between two polls, at a moment that knows nothing of expunges, the client gives STORE 1:* +FLAGS (\\Flagged); if it is
answered NO, it says NOOP and gives it again for the messages that are left, as §4.2.4 tells it to.

The NOOP before each STORE's wait tells all there is to tell: all begins anew, and no warm-up is needed, except that with
exponential polls the time since the last one has to settle; so many `CYCLES` go by before the STORE.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy import stats

from explore.studies import charts
from explore.studies.design import Measure, Ran, Study
from explore.studies.parameters import Numbers, OneOfWords, Parameter, Point
from explore.studies.simulation import Watched, carry_out, streams
from model import protocol as p
from model.client import AWARE
from model.protocol import FLAGGED, sequence
from model.store import agent
from model.time import Connection, Process, fixed

PROFILE = "store=4.2.4"
PERIODIC, EXPONENTIAL = "periodic", "exponential"
MINUTE = 60.0
CYCLES = {PERIODIC: 1, EXPONENTIAL: 6}
FIRST, TRIES = "refused", "tries"
EVERYTHING = p.Store(sequence.parse("1:*"), "+", frozenset({FLAGGED}))
UNLIKELY = 1e-3


class At(NamedTuple):
    """A point of the study, as the parameters below say."""

    expunges: float
    poll: float
    polling: str
    round_trip: float
    messages: int
    stores: int
    tries: int

    @property
    def rate(self) -> float:
        """μ: expunges a second."""
        return self.expunges / MINUTE

    @property
    def cycle(self) -> float:
        """From a poll to the next, in seconds, on average."""
        return self.poll + self.round_trip


PARAMETERS = (
    Parameter(
        "expunges", (0.3, 1.0, 3.0, 10.0, 30.0), "per minute", "by all others together", Numbers(0, 6000), several=True,
    ),
    Parameter("poll", 20.0, "seconds", "from an answer to the next NOOP", Numbers(0, 100_000)),
    Parameter(
        "polling", (PERIODIC, EXPONENTIAL), "", "whether always as long, or on average", OneOfWords((PERIODIC, EXPONENTIAL)),
        several=True,
    ),
    Parameter("round_trip", 1.0, "seconds", "from a command to its answer", Numbers(0, 1000, False)),
    Parameter("messages", 50, "messages", "in the mailbox", Numbers(2, 10_000, False, True)),
    Parameter("stores", 20, "per replication", "how often the client sets all flags", Numbers(1, 10_000, False, True)),
    Parameter("tries", 40, "tries", "after how many it gives up", Numbers(1, 1000, False, True)),
)  # fmt: skip
MEASURES = (
    Measure(FIRST, "share", "first STOREs that are answered NO", share=True),
    Measure(TRIES, "STOREs", "until one is answered OK, or until the client gives up"),
)


def replicate(point: Point, seed: int, keep: bool) -> Ran:
    """One replication: so many STOREs of one client, while others expunge."""
    at = At(**point)
    others, moments, polls = streams(seed, 3)
    header = f"Mailbox: FOO {at.messages} messages\nSelected: FOO by C1"
    simulation = Watched(header, PROFILE, seed, keep, fixed(at.round_trip / 2))
    env = simulation.env
    sums = {FIRST: 0, TRIES: 0}

    def expunging() -> Process:
        number = 0
        while True:
            yield env.timeout(others.expovariate(at.rate))
            number += 1
            mailbox = simulation.world.by_name("FOO")
            assert mailbox is not None
            simulation.act(agent.Purge("FOO", sequence.of((mailbox.messages[1].uid,))))
            simulation.act(agent.Deliver("FOO", f"new{number}"))

    def client(connection: Connection) -> Process:
        connection.manner = AWARE
        for _ in range(at.stores):
            yield from connection.command(p.Noop())
            moment = env.now + (CYCLES[at.polling] + moments.random()) * at.cycle
            while True:
                wait = at.poll if at.polling == PERIODIC else polls.expovariate(1 / at.poll)
                if env.now + wait > moment:
                    break
                yield env.timeout(wait)
                yield from connection.command(p.Noop())
            yield env.timeout(max(0.0, moment - env.now))
            history = yield from carry_out(connection, EVERYTHING, at.tries)
            answers = [done.status for command, done in history if isinstance(command, p.Store)]
            sums[FIRST] += answers[0] == "NO"
            sums[TRIES] += len(answers)

    env.process(expunging())
    env.run(until=simulation.add(0, client))
    return Ran({name: (float(total), float(at.stores)) for name, total in sums.items()}, simulation)


def expected(point: Point) -> dict[str, float]:
    """P(refused) = 1 − exp(−2μl)(2l + Tφ)/(2l + T), with a round trip 2l, polls T apart, and φ = (1 − exp(−μT))/(μT) for
    periodic polls or 1/(1 + μT) for exponential ones.

    The server last told the client all when it got the last NOOP. If the STORE's moment falls into the wait between two
    polls, that is as long ago as this wait has lasted, and a round trip; if it falls into the round trip of a poll, the
    STORE has to wait for its answer: it is a round trip ago. Refused again is what follows another expunge within the round
    trip from NOOP to STORE. No theory for tries where so many messages go that it could be all that were named.
    """
    at = At(**point)
    missed, trip = at.rate * at.poll, at.round_trip
    nothing_missed = -math.expm1(-missed) / missed if at.polling == PERIODIC else 1 / (1 + missed)
    refused = 1 - math.exp(-at.rate * trip) * (trip + at.poll * nothing_missed) / (trip + at.poll)
    again = -math.expm1(-at.rate * trip)
    tries = 1 + refused * (1 - again ** (at.tries - 1)) / (1 - again)
    theory = {FIRST: refused}
    gone = at.rate * (at.poll + trip * (1 + 2 * tries))
    crowded = stats.poisson.sf(at.messages - 2, gone) if at.polling == PERIODIC else (gone / (1 + gone)) ** (at.messages - 1)
    if crowded < UNLIKELY:
        theory[TRIES] = tries
    return theory


STORE_REFUSED = Study(
    name="store-refused",
    question="How often is a STORE on all messages refused because one of them has been expunged meanwhile?",
    source="RFC 2180 §4.2.4",
    theory=(
        "with expunges at rate μ and polls T apart, P(refused) = 1 − (1 − exp(−μT))/(μT) for periodic polls and μT/(1 + μT) "
        "for exponential ones, if a round trip takes no time; with one, again refused with 1 − exp(−μ × round trip)"
    ),
    parameters=PARAMETERS,
    measures=MEASURES,
    replications=20,
    replicate=replicate,
    expected=expected,
    plot=lambda frame: charts.storing(frame, expected),
    small={"expunges": "3", "polling": PERIODIC, "stores": 2, "messages": 6},
)
