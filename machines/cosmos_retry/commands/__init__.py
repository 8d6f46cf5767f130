"""The commands of `cosmos-retry`, a module each: `register` adds the parser, `run` does the work.

`run` takes the parsed arguments, writes to standard output and standard error, and returns the exit status.
"""
