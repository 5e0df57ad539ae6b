"""What makes the state space smaller, and changes no verdict: one module a reduction, each with its argument."""
