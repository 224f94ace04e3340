"""The demo's conversation through the deployed functions. Started by ./run.

usage: play.py MINISTACK TARGET_FOLDER
"""

import base64
import hashlib
import hmac
import json
import sys
import tempfile
import urllib.request

from killer import Killer
from phones import APPROVER, STAFF, Phones, request, until
from processes import Process
from stack import NAME, QUEUES, Stack, emulator, free_port

DEV_PORT = 4000
DEV = f"http://127.0.0.1:{DEV_PORT}"


def told(what):
    """A line of the transcript."""
    print(f"  {what}", flush=True)


def the_conversation(stack, phones):
    """A question, a report that is approved, one that is rejected, and a webhook that comes twice."""
    (welcome, stock) = phones.ask(STAFF, "stock ABC123", answers=2)
    assert welcome.startswith("Welcome to "), welcome
    assert "Blue widget" in stock, stock
    told(f"stock ABC123 -> {stock.splitlines()[0]}")

    before = len(phones.heard(STAFF))
    for _ in range(2):
        assert twilio_webhook("alerts") == 200
    phones.hears(STAFF, before)
    stack.all_quiet()
    assert len(phones.heard(STAFF)) == before + 1, "a repeated webhook was answered again"
    told("alerts, its webhook twice -> one answer")

    document = report(phones, "sales report for last week", "approve")
    assert document["media_url"], document
    with urllib.request.urlopen(document["media_url"], timeout=30) as file:
        assert file.read(5) == b"%PDF-", "the document is no PDF"
    told("sales report for last week -> approved on the page, a PDF arrived")

    refused = report(phones, "sales report for this month", "reject", "Not before the audit")
    assert not refused["media_url"] and "Not before the audit" in refused["body"], refused
    told("sales report for this month -> rejected, and told why")


def twilio_webhook(text):
    """A message as Twilio tells of it, signed with its rule and the seed's token; gives the status."""
    url = f"{DEV}/webhooks/twilio/demo"
    form = {
        "AccountSid": "AC00000000000000000000000000000000",
        "Body": text,
        "From": f"whatsapp:{STAFF}",
        "MessageSid": "SM0123456789abcdef0123456789abcdef",
        "NumMedia": "0",
        "ProfileName": "Jean Bosco Habimana",
        "To": "whatsapp:+14155238886",
        "WaId": STAFF.lstrip("+"),
    }
    signed = url + "".join(name + form[name] for name in sorted(form))
    digest = hmac.new(b"local-auth-token", signed.encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(digest).decode()}
    return request(url, form=form, headers=headers)[0]


def report(phones, text, decision, reason=""):
    """Asks for a report and decides on it, twice; gives what reached whoever asked."""
    asked = len(phones.heard(APPROVER))
    phones.say(STAFF, text)
    phones.hears(APPROVER, asked)
    page = phones.page()
    # Looking decides nothing.
    assert request(page)[0] == 200
    before = len(phones.heard(STAFF))
    status, _ = phones.decide(page, decision, reason)
    assert status == 200, status
    phones.hears(STAFF, before)
    other = "reject" if decision == "approve" else "approve"
    status, shown = phones.post_decision(page, other, "0" * 64, "too late")
    assert status == 409 and "Already" in shown, (status, shown)
    return phones.heard(STAFF)[-1]


def the_api(stack):
    """The HTTP API's own routes, past the phones."""
    url = stack.url
    host = {"host": stack.outputs["ApiUrl"].split("//")[1]}
    form = {"From": "whatsapp:+250788000101", "Body": "stock ABC123", "MessageSid": "SM1"}
    forged = {**host, "x-twilio-signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    status, _ = request(f"{url}/webhooks/twilio/demo", form=form, headers=forged)
    assert status == 403, status
    status, _ = request(f"{url}/webhooks/approval/demo", json_body={}, headers=host)
    assert status in (400, 401, 403), status
    callback = status
    status, _ = request(f"{url}/approvals/nonsense", headers=host)
    assert status == 404, status
    told(f"HTTP API: forged webhook 403, unsigned callback {callback}, unknown page 404")


def the_stores(stack):
    """Tables and bucket, after the conversation."""
    threads = stack.items("Threads")
    commits = [item for item in threads if item["sk"].startswith("c#")]
    sends = [item for item in threads if item["sk"] == "send"]
    assert commits and sends, threads
    states = sorted(
        item["status"]
        for item in stack.items("Approvals")
        if item["sk"] == "state"
    )
    assert states == ["executed", "rejected"], states
    keys = stack.objects()
    assert all(key.startswith("kivu-trading/") for key in keys), keys
    told(f"{len(commits)} commits, {len(sends)} sends, outputs {states}, {len(keys)} objects")


def a_crash(stack, phones, killer):
    """The agent is killed between its commit and its send; whoever asked is answered once."""
    visible_again_after(stack, "Inbound", 3)
    commits = len([item for item in stack.items("Threads") if item["sk"].startswith("c#")])
    before = len(phones.heard(STAFF))
    killer.kill_before_sending_to(f"{NAME}-outbound.fifo", f"{NAME}-agent")
    phones.say(STAFF, "agent status")
    until("the agent was killed", lambda: killer.killed)
    now = len([item for item in stack.items("Threads") if item["sk"].startswith("c#")])
    assert now == commits + 1, f"{now} commits after the kill, {commits} before"
    phones.hears(STAFF, before)
    stack.all_quiet()
    heard = len(phones.heard(STAFF)) - before
    assert heard == 1, f"{heard} answers"
    told(f"agent killed (pid {killer.killed}) after its commit, before its send -> one answer")
    visible_again_after(stack, "Inbound", 180)


def poison(stack, phones):
    """What nobody can read ends in the dead letters, and holds up nobody else."""
    for name in ("Inbound", "Statuses"):
        url = stack.queue(name)
        dead = stack.dead_letters(name)
        policy = redrive(stack, url)
        # Forty receives take some twenty minutes; three show the same.
        few = {**policy, "maxReceiveCount": 3}
        set_attribute(stack, url, "RedrivePolicy", json.dumps(few))
        fifo = {"MessageGroupId": "g", "MessageDeduplicationId": "d"} if name == "Inbound" else {}
        stack.sqs.send_message(QueueUrl=url, MessageBody="not an envelope", **fifo)
        (answer,) = phones.ask(STAFF, "stock ABC123")
        assert "Blue widget" in answer, answer
        until(f"the poison is among the dead letters of {name}", lambda: stack.waiting(dead) == 1)
        set_attribute(stack, url, "RedrivePolicy", json.dumps(policy))
        stack.sqs.purge_queue(QueueUrl=dead)
        told(f"poison on {name} -> its dead letters, and a question meanwhile was answered")


def redrive(stack, url):
    """A queue's policy: where its dead letters go, and when."""
    got = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
    return json.loads(got["Attributes"]["RedrivePolicy"])


def visible_again_after(stack, name, seconds):
    """Changes how long a received message stays invisible."""
    set_attribute(stack, stack.queue(name), "VisibilityTimeout", str(seconds))


def set_attribute(stack, url, name, value):
    """Changes an attribute of a queue."""
    stack.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})


def main(ministack, target):
    program = f"{target}/debug/countersign-local"
    port, sqs_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        with emulator(ministack, folder, port, sqs_port) as aws:
            aws.listens(port)
            killer = Killer(sqs_port, url, aws.process.pid)
            stack = Stack(url)
            print("\n== deploying template.yaml", flush=True)
            stack.deploy(f"{target}/release", {
                "Architecture": "x86_64",
                "PublicUrl": DEV,
                "TwilioApiUrl": DEV,
                "LogLevel": "info",
            })
            told("CREATE_COMPLETE")
            stack.seed(program, DEV_PORT)
            dev = [
                *(program, "--lambda", url, "--function-prefix", f"{NAME}-"),
                *("--no-pump", "--port", str(DEV_PORT)),
            ]
            with Process("the phones", dev, f"{folder}/dev.log") as phones_process:
                phones_process.wait_for("the phones")
                phones = Phones(DEV)
                print("\n== the conversation", flush=True)
                the_conversation(stack, phones)
                the_api(stack)
                assert stack.invoke("clock", {}) is None
                told("clock: nothing is due")
                stack.all_quiet()
                the_stores(stack)
                print("\n== what goes wrong", flush=True)
                a_crash(stack, phones, killer)
                poison(stack, phones)
                stack.all_quiet()
                dead = {name: stack.waiting(stack.dead_letters(name)) for name in QUEUES}
                assert not any(dead.values()), dead
                told("all queues and dead letters are empty")
            killer.close()
    print("\ndeployed: everything as it should be")


main(*sys.argv[1:])
