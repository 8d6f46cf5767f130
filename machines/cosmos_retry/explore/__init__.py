"""The explorer: every run of a lifecycle in a configuration, visited once, with the promises held against it."""
