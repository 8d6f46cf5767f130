"""The explorer: every run of a lifecycle in a configuration, with the promises held against it."""
