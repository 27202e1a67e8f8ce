"""The log: lines of text or of JSON, each with the id of its request."""

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal

from vicinal.server.runtime.current_call import current_call

TEXT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"
NO_REQUEST = "-"

log = logging.getLogger("vicinal.server")


def set_up(level: str, log_format: Literal["text", "json"]) -> None:
    """Sends the log to stderr, and uncaught errors to the log."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else logging.Formatter(TEXT))
    handler.addFilter(add_request_id)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    threading.excepthook = _log_uncaught_in_thread
    if log_format == "json":
        sys.excepthook = _log_uncaught


def silence_foreign_loggers(level: str) -> None:
    """Lets other packages log at info and above only, whatever the level of our own lines.

    Pillow, for one, logs the text in images at debug.
    """
    ours = logging.getLevelNamesMapping()[level.upper()]
    logging.getLogger("vicinal").setLevel(ours)
    logging.getLogger().setLevel(max(ours, logging.INFO))


def add_request_id(record: logging.LogRecord) -> bool:
    """Puts the id of the current call into the record; drops none."""
    call = current_call.get()
    record.request_id = call.request_id if call else NO_REQUEST
    return True


class JsonLines(logging.Formatter):
    """A record as one line of JSON, with the traceback of an error as `stack`."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC, ISO 8601), level, logger, message, request id, and the facts that it was logged with."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        facts = getattr(record, "facts", None)
        entry |= {"message": "call", **facts} if facts else {"message": record.getMessage()}
        request_id = getattr(record, "request_id", NO_REQUEST)
        if request_id != NO_REQUEST:
            entry["request_id"] = request_id
        if record.exc_info:
            entry["stack"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def _log_uncaught(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    log.critical("ended by an error: %s", error, exc_info=error)


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and args.exc_type is not SystemExit:
        name = args.thread.name if args.thread else "?"
        log.error("thread %s ended by an error", name, exc_info=args.exc_value)
