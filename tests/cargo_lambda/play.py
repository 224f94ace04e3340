"""Plays the recipes of docs/events.md and the README with cargo-lambda. Started by ./run."""

import json
import pathlib
import re
import subprocess
import tempfile

from phones import APPROVER, STAFF, Phones
from processes import Process

DEV = "http://127.0.0.1:4000"
WATCH = [
    *("cargo", "lambda", "watch", "--invoke-address", "127.0.0.1"),
    *("--env-file", ".env.local", "--ignore-changes"),
]
# The first call of a function compiles it.
COMPILING = 1200


def recipe():
    """The rows of docs/events.md: each file, and what answers it should get."""
    rows = re.findall(
        r"^\| `(\S+\.json)` \|[^|]*\| ([^|]*) \|$",
        pathlib.Path("docs/events.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    there = {str(path.relative_to("events")) for path in pathlib.Path("events").rglob("*.json")}
    assert {name for name, _ in rows} == there, "docs/events.md and events/ name different files"
    return rows


def invoke(name):
    """cargo lambda invoke, as a person types it; gives the answer."""
    function = name.split("/")[0]
    command = [
        *("cargo", "lambda", "invoke", "--invoke-address", "127.0.0.1"),
        *(function, "--data-file", f"events/{name}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILING, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def check(name, wanted, answer):
    """Holds an answer against its row."""
    status = re.match(r"\d{3}", wanted)
    if status:
        assert answer["statusCode"] == int(status.group()), f"{name}: {answer}"
        return f"statusCode {answer['statusCode']}"
    if name.startswith("clock/"):
        assert answer is None, f"{name}: {answer}"
        return "null"
    assert answer == {"batchItemFailures": []}, f"{name}: {answer}"
    return "batchItemFailures []"


def every_event(folder):
    """cargo dev aws, cargo lambda watch, and cargo lambda invoke for every file."""
    aws = ["cargo", "dev", "aws", "--data-dir", f"{folder}/events"]
    with Process("cargo dev aws", aws, f"{folder}/aws.log") as aws:
        aws.wait_for("Ctrl-C ends it")
        with Process("cargo lambda watch", WATCH, f"{folder}/watch.log") as watch:
            watch.listens(9000)
            rows = recipe()
            for name, wanted in rows:
                print(f"  {name:40} {check(name, wanted, invoke(name))}", flush=True)
            # What was done stays done: the first decision counts.
            again = invoke("approvals/page-decide.json")
            assert again["statusCode"] == 409, again
            print(f"  {'approvals/page-decide.json, again':40} statusCode 409")
    return len(rows) + 1


def conversation(folder):
    """cargo dev --lambda before the functions of cargo lambda watch."""
    dev = ["cargo", "dev", "--lambda", "http://127.0.0.1:9000", "--data-dir", f"{folder}/talk"]
    with Process("cargo dev --lambda", dev, f"{folder}/dev.log") as dev:
        dev.wait_for("cargo lambda watch")
        with Process("cargo lambda watch", WATCH, f"{folder}/watch.log"):
            dev.wait_for("the phones", COMPILING)
            phones = Phones(DEV)
            (welcome, stock) = phones.ask(STAFF, "stock ABC123", answers=2)
            assert welcome.startswith("Welcome to "), welcome
            assert "Blue widget" in stock, stock
            print(f"  stock ABC123 -> {stock.splitlines()[0]}")
            asked = len(phones.heard(APPROVER))
            phones.say(STAFF, "sales report for last week")
            phones.hears(APPROVER, asked)
            before = len(phones.heard(STAFF))
            status, page = phones.decide(phones.page(), "approve")
            assert status == 200 and "Approved" in page, (status, page)
            phones.hears(STAFF, before)
            document = phones.heard(STAFF)[-1]
            assert document["media_url"], document
            print("  sales report for last week -> approved, and the document arrived")


def main():
    with tempfile.TemporaryDirectory() as folder:
        print("\n== every event, by cargo lambda invoke", flush=True)
        invoked = every_event(folder)
        print("\n== a conversation, by cargo dev --lambda", flush=True)
        conversation(folder)
    print(f"\ncargo-lambda: {invoked} invocations and one conversation as they should be")


main()
