"""Holds our decoders and verifiers against those of others.

Signs requests with Twilio's own library and as pywa checks Meta's, and writes them to the file named
by the first argument, for `shared/whatsapp/tests/vectors.rs` to verify. Decodes with pywa the updates
that our decoder is tested with, and compares what each of them is.
"""

import hashlib
import hmac
import json
import pathlib
import sys

from pywa import WhatsApp, types, utils
from pywa.types.base_update import RawUpdate
from twilio.request_validator import RequestValidator

TOKEN = "5d41402abc4b2a76b9719d911017c592"
SECRET = "local-app-secret"
SAMPLES = pathlib.Path("shared/whatsapp/tests/meta_webhooks/samples.json")

FORMS = [
    {"MessageSid": "SM1", "Body": "stock ABC123", "From": "whatsapp:+14155550142"},
    {"Body": "Ça va ? 👍🏽\n\t+&=%", "Zoe": "", "a": "1", "B": "2"},
    {"Body": "", "MediaUrl0": "https://api.twilio.com/x?y=1&z=2", "NumMedia": "1"},
]
URLS = [
    "https://hooks.example.com/webhooks/twilio/ventas",
    "https://hooks.example.com/webhooks/twilio/ventas?a=1&b=%20c",
]
BODIES = ['{"entry":[]}', '{"text":"Ça va ? 👍🏽"}', "", '{"a":"\\u00e9"}\n']


def vectors():
    validator = RequestValidator(TOKEN)
    twilio = []
    for url in URLS:
        for form in FORMS:
            signature = validator.compute_signature(url, form)
            assert validator.validate(url, form, signature)
            path = url.removeprefix("https://hooks.example.com")
            pairs = sorted(form.items())
            twilio.append({"path": path, "form": pairs, "signature": signature})
    meta = []
    for body in BODIES:
        digest = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        signature = f"sha256={digest}"
        assert utils.webhook_updates_validator(SECRET, body.encode(), signature)
        assert not utils.webhook_updates_validator(SECRET, body.encode() + b" ", signature)
        meta.append({"body": body, "signature": signature})
    return {"token": TOKEN, "secret": SECRET, "twilio": twilio, "meta": meta}



def kind(update):
    """What pywa took an update for, in the words of `Content::kind`."""
    match update:
        case types.CallbackButton() | types.CallbackSelection():
            return "choice"
        case types.FlowCompletion():
            return "form"
        case types.EditedMessage():
            return "edit"
        case types.DeletedMessage():
            return "revoke"
        case types.PhoneNumberChange():
            return "system"
        case types.IdentityChange():
            return update.sys_type.value
        case types.Message() if update.has_media:
            return update.media.mime_type
        case types.Message() if update.unsupported is not None:
            return update.unsupported.type
        case types.Message():
            return update.type.value
    raise TypeError(type(update))


def sender(update):
    """The name we key a customer by: the user id, and of a change of numbers the old one."""
    if isinstance(update, types.PhoneNumberChange):
        return "+" + update.old_wa_id
    return update.from_user.bsuid or "+" + update.from_user.wa_id


def decoded(client, sample):
    body = json.dumps(sample["update"]).encode()
    raw = RawUpdate(body, hmac_header=None, update_hash=None)
    handler = client._get_handler_type(raw)
    return client._handlers_to_updates[handler].from_update(client=client, update=raw)


def compare():
    client = WhatsApp(phone_id="106540352242922", token="x", validate_updates=False)
    samples = json.loads(SAMPLES.read_text())
    differ = []
    for sample in samples:
        update = decoded(client, sample)
        found = {"kind": kind(update), "id": update.id, "sender": sender(update)}
        expect = {field: sample[field] for field in found}
        if found != expect:
            differ.append(f"{sample['name']}: pywa {found}, we {expect}")
    return len(samples), differ


def main():
    pathlib.Path(sys.argv[1]).write_text(json.dumps(vectors(), ensure_ascii=False))
    count, differ = compare()
    for line in differ:
        print(line, file=sys.stderr)
    print(f"pywa and we agree on {count - len(differ)} of {count} updates")
    sys.exit(1 if differ else 0)


main()
