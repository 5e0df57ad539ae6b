"""Exploration: scenarios, obligations and hazards, the state space under all profiles at once, counterexamples."""
