"""The parts of a journey, one module each: `done(state)` says whether it is over, `run(trip)` does its next thing."""
