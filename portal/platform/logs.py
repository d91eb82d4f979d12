"""Logs as JSON lines without personal data: route names, never addresses with values; no form, no name."""

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request


def init_app(app: Flask) -> None:
    """Log one line for each request: method, route, status, milliseconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("huey").setLevel(logging.WARNING)
    log = structlog.get_logger("portal.requests")

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def write(response: Response) -> Response:
        if request.endpoint not in (None, "static", "home.healthz", "home.readyz"):
            ms = round(1000 * (time.perf_counter() - g.get("started", time.perf_counter())), 1)
            log.info("request", method=request.method, route=request.endpoint, status=response.status_code, ms=ms)
        return response
