"""Holds our decoders and verifiers against those of others.

Signs requests with Twilio's own library and as pywa checks Meta's, and writes them to the file named
by the first argument, for `shared/whatsapp/tests/vectors.rs` to verify. Decodes with pywa the updates
that our decoder is tested with, and compares what each of them is.
"""

import hashlib
import hmac
import json
import logging
import pathlib
import sys

from pywa import WhatsApp, types, utils
from pywa.types.base_update import RawUpdate
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

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


class Heard(HttpClient):
    """Stands in for the network: keeps what Twilio's library asks."""

    def __init__(self):
        super().__init__(logging.getLogger(), is_async=False)

    def request(self, method, url, params=None, data=None, *rest, **more):
        self.asked = [method, url, data]
        return Response(200, '{"success": true}')


def attention():
    """What both libraries ask for typing and receipts, against what ours asks in its tests."""
    heard = Heard()
    client = Client("AC00000000000000000000000000000001", TOKEN, http_client=heard)
    client.messaging.v2.typing_indicator.create(channel="whatsapp", message_id="SM1")
    twilio = ["POST", "https://messaging.twilio.com/v2/Indicators/Typing.json",
              {"channel": "whatsapp", "messageId": "SM1"}]
    differ = [] if heard.asked == twilio else [f"typing: twilio {heard.asked}, we {twilio}"]

    client = WhatsApp(phone_id="106540352242922", token="x", validate_updates=False)
    asked = []
    client.api._request = lambda **request: asked.append(request) or {"success": True}
    client.mark_message_as_read(message_id="wamid.1")
    client.indicate_typing(message_id="wamid.1")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
    typing = read | {"typing_indicator": {"type": "text"}}
    for request, ours in zip(asked, [read, typing], strict=True):
        if (request["method"], request["endpoint"]) != ("POST", "/106540352242922/messages"):
            differ.append(f"typing: pywa asks {request}")
        if request["json"] != ours:
            differ.append(f"typing: pywa {request['json']}, we {ours}")
    return differ


def main():
    pathlib.Path(sys.argv[1]).write_text(json.dumps(vectors(), ensure_ascii=False))
    count, differ = compare()
    apart = attention()
    for line in differ + apart:
        print(line, file=sys.stderr)
    print(f"pywa and we agree on {count - len(differ)} of {count} updates")
    sys.exit(1 if differ or apart else 0)


main()
