"""What a simulation leaves behind for people and programs: figures, pictures, a page."""

from vicinal.evaluation.report.files import REPORT_FILE, RESULTS_FILE, write_files
from vicinal.evaluation.results import results

__all__ = ["REPORT_FILE", "RESULTS_FILE", "results", "write_files"]
