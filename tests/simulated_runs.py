"""Runs of the SimPy processes, and paths of the state space."""

from __future__ import annotations

import random

from explore.scenario.definition import Scenario
from explore.scenario.notation import builtin
from model.time.processes import Latency, Simulation, programmed
from strategies.profile import Profile

FINITE = tuple(scenario for scenario in builtin() if not scenario.endless)


def any_time(most: float) -> Latency:
    """A latency between 0 and that; often 0, so that many things happen at once."""
    return lambda source: source.choice((0.0, 0.0, source.uniform(0, most)))


def simulated(scenario: Scenario, manner: str, profile: Profile, seed: int, most: float) -> Simulation:
    """A run of that scenario, with random latencies, thinking, and waits of the agent."""
    simulation = Simulation(scenario.world, profile, seed, any_time(most), any_time(most))
    for sid, program in enumerate(scenario.programs):
        simulation.add(sid, programmed(program, manner, any_time(3 * most)))
    draw = random.Random(seed)
    simulation.add_agent([(draw.uniform(0, 5 * most), draw.choice(choices)) for choices in scenario.agent])
    simulation.run()
    return simulation
