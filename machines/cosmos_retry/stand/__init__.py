"""The stand: real clients, unmodified, run through scenarios of faults, and a record of what each did."""
