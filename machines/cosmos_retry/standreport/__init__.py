"""The report on the stand: what each real client did, held against the contract, as pages and as data."""

from cosmos_retry.standreport.writing import write_stand_report

__all__ = ["write_stand_report"]
