"""Writes what the fuzz targets begin with: seeds.py FOLDER makes a folder of inputs for each. The form of an
input is told by the target's function in fuzz/src."""

import json
import pathlib
import sys
from urllib.parse import urlencode

ALWAYS = {
    "MessageSid": "SM1f0e8ae6ade43cb3c0ce4525424e404f",
    "From": "whatsapp:+14155550142",
    "To": "whatsapp:+14155238886",
    "WaId": "14155550142",
    "ProfileName": "Ana Ruiz",
    "NumMedia": "0",
}
FILE = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
PLACE = {"Latitude": "-1.9441", "Longitude": "30.0619"}
FORMS = {
    "text": {"Body": " ¿Cuántos quedan?\n", "MessageType": "text"},
    "user id": {"From": "whatsapp:RW.13491208655302741918", "WaId": "", "Body": "hi"},
    "picture": {"NumMedia": "1", "MediaUrl0": FILE, "MediaContentType0": "image/jpeg", "Body": "two?"},
    "voice": {"NumMedia": "1", "MediaUrl0": FILE, "MediaContentType0": "audio/ogg; codecs=opus"},
    "sticker": {"MediaUrl0": FILE, "MediaContentType0": "image/webp", "MessageType": "sticker"},
    "files": {"NumMedia": "2", "MediaUrl0": FILE, "MediaUrl1": FILE, "MediaContentType1": "video/mp4"},
    "file that is nowhere": {"NumMedia": "1", "MediaUrl0": "not a URL", "MediaContentType0": "a/b"},
    "place": {**PLACE, "Label": "Kigali", "Address": "KN 4 Ave"},
    "place in the body": {**PLACE, "Body": "KN 4 Ave", "Address": "KN 4 Ave"},
    "no place": {"Latitude": "91", "Longitude": "NaN"},
    "button": {"ButtonText": "Yes", "ButtonPayload": "yes-1", "Body": "Yes"},
    "row": {"ListId": "row-2", "ListTitle": "Tuesday", "Body": "Tuesday"},
    "reaction": {"MessageType": "reaction", "OriginalRepliedMessageSid": "SM7", "Body": "👍"},
    "reply": {"OriginalRepliedMessageSid": "SM7", "Body": "this one"},
    "advertisement": {
        "Body": "tell me more",
        "ReferralBody": "Light for all",
        "ReferralHeadline": "Solar",
        "ReferralSourceId": "120210",
        "ReferralSourceType": "ad",
        "ReferralSourceUrl": "https://fb.me/1",
    },
    "unknown": {"MessageType": "hologram"},
    "another number": {"To": "whatsapp:+14155238887", "Body": "hi"},
}
REFERENCE = "msg_" + "0123456789abcdef" * 2
STATUSES = ["queued", "sent", "delivered", "read", "failed", "undelivered", "on_its_way"]
META_STATUSES = ["sent", "delivered", "read", "played", "failed", "deleted"]
CHALLENGE = "hub.mode=subscribe&hub.verify_token=verify-token&hub.challenge=1158201444"
BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/webp": b"RIFF\x01\0\0\0WEBPVP8 ",
    "audio/ogg; codecs=opus": b"OggS\0",
    "audio/aac": b"\xff\xf1",
    "audio/amr": b"#!AMR\n",
    "audio/mpeg": b"ID3\x04",
    "video/mp4": b"\0\0\0\x18ftypmp42",
    "application/pdf": b"%PDF-1.7",
    "TEXT/PLAIN": "a\tb\né".encode(),
    "application/msword": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": b"PK\x03\x04",
    "text/html": b"<html>",
}
# 20 November 2026, as days since 2000.
DAY = (9820).to_bytes(2, "little")
COMMANDS = [
    *("stock ABC123", "show high severity alerts", "sales report for last week", "help", "status"),
    *("report from 3 October to 5 Nov 2026", "inventory report 2026-02-31", "hello, thanks!"),
    *("how many blue widgets are left please", "stop", "STOP!", "arrêter", "report 1-7/12", "ABC-123"),
]


def meta(samples):
    """The bodies of the tests, each by itself and two in one, and every status."""
    yield from ((sample["name"], sample["update"]) for sample in samples)
    both = {**samples[0]["update"], "entry": [entry for it in samples for entry in it["update"]["entry"]]}
    yield "all at once", both
    for word in META_STATUSES:
        status = {"id": "wamid.OURS", "status": word, "timestamp": "1763622000", "recipient_id": "250788555001"}
        status["biz_opaque_callback_data"] = REFERENCE
        if word == "failed":
            status["errors"] = [{"code": 131047, "title": "Re-engagement message"}]
        update = json.loads(json.dumps(samples[0]["update"]))
        value = update["entry"][0]["changes"][0]["value"]
        del value["messages"], value["contacts"]
        value["statuses"] = [status]
        yield f"status {word}", update


def inputs(root):
    """Every input: its target, its name and its bytes."""
    samples = json.loads((root / "shared/whatsapp/tests/meta_webhooks/samples.json").read_text("utf-8"))
    bodies = {name: json.dumps(body, ensure_ascii=False).encode() for name, body in meta(samples)}
    forms = {name: urlencode({**ALWAYS, **fields}).encode() for name, fields in FORMS.items()}
    callbacks = {
        word: urlencode({"MessageSid": "SM1", "MessageStatus": word, "ErrorCode": "63016"}).encode()
        for word in STATUSES
    }
    for name, body in bodies.items():
        yield "meta_webhook", name, body
    for name, form in forms.items():
        yield "twilio_webhook", name, form
    for word, form in callbacks.items():
        yield "twilio_webhook", f"status {word}", f"ref={REFERENCE}\n".encode() + form
    # The first byte makes the header: of the line that follows, or the true one, changed or longer.
    for how, line in (("0", "sha256=" + "0" * 64), ("1", "\x09 "), ("2", "00"), ("3", "")):
        head = f"{how}{line}\n{CHALLENGE}\n".encode()
        yield "meta_signature", how, head + bodies["text"]
    for how, line in (("0", "A" * 27 + "="), ("1", "\x03 "), ("2", "="), ("3", ""), ("7", ""), ("?", "")):
        head = f"{how}{line}\nref=1\n".encode()
        yield "twilio_signature", f"{ord(how)}", head + forms["text"]
    for how in ("C", "c"):
        yield "twilio_signature", f"{ord(how)}", f"{how}\na=1\n{{}}".encode()
    for claim, beginning in BEGINNINGS.items():
        yield "file_type", claim.replace("/", " "), claim.encode() + b"\n" + beginning
    for number, text in enumerate(COMMANDS):
        yield "commands", f"{number}", DAY + text.encode()
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        # Real Markdown, in messages of 80 characters.
        yield "words", page.name, b"P" + page.read_bytes()[-1000:]


def main():
    folder = pathlib.Path(sys.argv[1])
    root = pathlib.Path(__file__).resolve().parents[2]
    for target, name, content in inputs(root):
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / target / name).write_bytes(content)


main()
