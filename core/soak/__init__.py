"""The whole stack in one process under a virtual clock and a seeded network, and the real one under `kill -9`."""
