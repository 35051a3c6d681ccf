"""`recs report`: one self-contained page made from the public views, for people who want to see."""

from recs_py.reading.report.page import Report, write_report

__all__ = ["Report", "write_report"]
