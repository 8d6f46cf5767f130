"""The harness: vectors played to a client, in this process or in another, and judged move by move."""
