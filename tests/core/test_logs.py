"""Log lines: JSON, with the request id, without phones and tokens."""

import io
import json
import logging

import pytest
import structlog

from tuangou.core import logs


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("call 13800138000 now", "call 138****8000 now"),
        ("+86 138 0013 8000", "138****8000"),
        ("+8613800138000", "138****8000"),
        ("order 202611211380013800099", "order 202611211380013800099"),
        ("/p/Zk3vQ9xT1LmNaB7cD8eF2g/", "/p/***/"),
        ("/h/Zk3vQ9xT1LmNaB7cD8eF2g/orders/7/", "/h/***/orders/7/"),
        ("?token=abc&next=/g/x/", "?token=***&next=/g/x/"),
        ("password: hunter2", "password: ***"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("postgres://app:s3cret@db/x", "postgres://app:***@db/x"),
        ("key Zk3vQ9xT1LmNaB7cD8eF2gHi used", "key *** used"),
        ("orders.services.rounds close_due_rounds", "orders.services.rounds close_due_rounds"),
    ],
)
def test_phones_and_tokens_are_masked(line, masked):
    assert logs.mask(line) == masked


@pytest.fixture
def lines(settings):
    logs.configure({"level": "INFO", "json": True})
    stream = io.StringIO()
    for handler in logging.getLogger().handlers:
        if type(handler) is logging.StreamHandler:
            handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()
    logs.configure(settings.LOGGING)


def test_a_line_of_ours_is_json_with_the_request_id(lines):
    structlog.contextvars.bind_contextvars(request_id="r1")
    structlog.get_logger("x").info("order_placed", phone="13800138000", token="abc", fen=3800)
    (line,) = lines()
    assert (line["event"], line["request_id"], line["level"]) == ("order_placed", "r1", "info")
    assert (line["phone"], line["token"], line["fen"]) == ("138****8000", "***", 3800)


def test_lines_of_libraries_and_tracebacks_are_masked_too(lines):
    try:
        raise ValueError("13800138000 at /p/Zk3vQ9xT1LmNaB7cD8eF2g")
    except ValueError:
        logging.getLogger("django.request").exception("Failed for %s", "13800138000")
    (line,) = lines()
    assert line["event"] == "Failed for 138****8000"
    assert "ValueError: 138****8000 at /p/***" in line["exception"]
    assert "13800138000" not in json.dumps(line)


def test_a_forged_line_stays_one_line(lines):
    structlog.get_logger("x").info("name", value='a\n{"event": "forged"}')
    assert len(lines()) == 1
