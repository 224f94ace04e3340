"""The phones of a `cargo dev` on this machine, as a script uses them: what people write, what reaches
them, and the approval page. Only Python's own library.
"""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request

# The people of infra/seed/company.toml.
APPROVER = "+250788000100"
STAFF = "+250788000101"
# Nothing here takes longer, in seconds, unless told otherwise.
PATIENCE = 60
POLL = 0.1


class Phones:
    """The phones at `url`."""

    def __init__(self, url):
        self.url = url

    def say(self, phone, text):
        """Somebody writes; gives the message's id."""
        body = {"from": phone, "name": "Somebody", "body": text}
        return json.loads(request(f"{self.url}/sim/messages", json_body=body)[1])["sid"]

    def heard(self, phone):
        """The messages that reached a phone, oldest first."""
        news = json.loads(request(f"{self.url}/sim/conversations")[1])
        return [
            message
            for message in news["messages"]
            if message["direction"] == "outbound" and message["phone"] == phone
        ]

    def ask(self, phone, text, answers=1):
        """Somebody writes, and waits for so many answers; gives their texts."""
        before = len(self.heard(phone))
        self.say(phone, text)
        return self.hears(phone, before, answers)

    def hears(self, phone, before, count=1):
        """Waits until `count` messages after the first `before` are on a phone; gives their texts."""
        def arrived():
            new = self.heard(phone)[before:]
            return new if len(new) >= count else None

        news = until(f"{count} messages on {phone} after the first {before}", arrived)
        return [message["body"] for message in news]

    def page(self):
        """The address of the approval page in the newest message to the approver."""
        text = self.heard(APPROVER)[-1]["body"]
        path = re.search(r"/approvals/\S+", text)
        assert path, f"no link in: {text}"
        return f"{self.url}{path.group()}"

    def decide(self, page, decision, reason=""):
        """Decides on what the page shows; gives status and page."""
        status, shown = request(page)
        assert status == 200, f"the page answered {status}: {shown}"
        digest = re.search(r'name="digest" value="([^"]+)"', shown)
        assert digest, f"no digest on the page: {shown}"
        return self.post_decision(page, decision, digest.group(1), reason)

    def post_decision(self, page, decision, digest, reason=""):
        """Posts the page's form; gives status and page."""
        form = {"decision": decision, "reason": reason, "digest": digest}
        return request(page, form=form)


def request(url, *, method=None, json_body=None, form=None, headers=None):
    """Asks `url`; gives status and text. Statuses of 400 and more are answers, not exceptions."""
    headers = dict(headers or {})
    data = None
    if json_body is not None:
        data = json.dumps(json_body).encode()
        headers["content-type"] = "application/json"
    if form is not None:
        data = urllib.parse.urlencode(form).encode()
        headers["content-type"] = "application/x-www-form-urlencoded"
    asked = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", "replace")


def until(what, condition, patience=PATIENCE):
    """Waits until `condition` gives something that is true, and gives that."""
    end = time.monotonic() + patience
    while True:
        try:
            found = condition()
        except OSError:
            found = None
        if found:
            return found
        assert time.monotonic() < end, f"not within {patience} s: {what}"
        time.sleep(POLL)
