"""Workers: the programs that stand between the stand and an SDK; each speaks the adapter protocol.

They run in a process of their own, in which they replace the clock and watch the transport from outside;
the SDK itself is not changed.
"""
