// One phone: a person's chat with the business, the composer, and the page opened from a link.

import { bubble, dayName } from "/phone/bubble.js";
import { element, initials } from "/phone/format.js";
import { gist } from "/phone/parts.js";
import { actions, attach, list } from "/phone/sheets.js";
import { Later, windowWords } from "/phone/later.js";

// The indicator's own lifetime at the provider.
const TYPING_MS = 25_000;
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** A phone in the page. `calls` has the feed's `send`, `read`, `retry` and `media`. */
export class Chat {
  constructor({ role, caption, empty, business, chips, calls }) {
    const template = document.getElementById("phone");
    this.slot = template.content.firstElementChild.cloneNode(true);
    this.role = role;
    this.calls = calls;
    this.business = business;
    this.messages = new Map();
    this.rows = new Map();
    this.later = new Later();
    this.shown = "both";
    this.time = { ahead: 0, faults: [] };
    this.unseen = 0;
    this.slot.dataset.role = role;
    this.find(".caption").textContent = caption;
    this.find(".business-name").textContent = business.name;
    this.find(".avatar.business").textContent = initials(business.name);
    this.find(".log").setAttribute("aria-label", `Chat with ${business.name}`);
    this.find(".log").dataset.empty = empty;
    this.find("textarea").setAttribute("aria-label", `Message to ${business.name}`);
    this.provider = business.provider;
    this.presence();
    this.addChips(chips);
    this.listen();
  }

  find(selector) {
    return this.slot.querySelector(selector);
  }

  /** Hands the phone to somebody, with everything said to and by them. */
  show(person, all) {
    this.person = person;
    this.find(".me-name").textContent = person.name || person.number;
    this.find(".me .avatar").textContent = initials(person.name || "#");
    this.find(".me").setAttribute("aria-label", `You are ${person.name || person.number}. Change`);
    this.closePage();
    this.complain("");
    this.quote(null);
    this.clear();
    this.take(all);
    this.toEnd();
  }

  /** Hands the phone to the other provider's number. */
  through(business, all) {
    this.business = business;
    this.provider = business.provider;
    this.show(this.person, all);
    this.presence();
  }

  clear() {
    this.messages.clear();
    this.rows.clear();
    this.later = new Later();
    this.find(".log").replaceChildren();
    this.lastDay = undefined;
    this.stopTyping();
    this.count(0);
  }

  /** Shows what is new among `messages` and belongs to this phone. */
  take(messages) {
    const log = this.find(".log");
    const stays = this.isAtEnd();
    let added = 0;
    let wroteMyself = false;
    for (const message of messages) {
      if (message.phone !== this.person?.number || message.provider !== this.provider) continue;
      const changed = this.later.take(message);
      if (changed) {
        this.again(changed);
        if (message.problem) this.complain(message.problem);
        continue;
      }
      const before = this.messages.get(message.sid);
      // A message from us that failed never reached the phone.
      if (message.direction === "outbound" && !reached(message)) continue;
      this.messages.set(message.sid, message);
      if (before && before.status === message.status && before.problem === message.problem) continue;
      const row = this.row(message);
      const shown = this.rows.get(message.sid);
      this.rows.set(message.sid, row);
      if (shown) {
        // A message that is read doesn't change on the screen of who reads it.
        if (message.direction === "inbound") shown.replaceWith(row);
        else this.rows.set(message.sid, shown);
        continue;
      }
      this.separateDay(message, log);
      log.append(row);
      added += 1;
      if (message.direction === "inbound") wroteMyself = true;
      else this.stopTyping();
    }
    this.join();
    if (added > 0 && (stays || wroteMyself)) this.toEnd();
    else if (added > 0) this.count(this.unseen + added);
    this.look();
    this.window();
  }

  row(message) {
    return bubble(message, this.acts(), this.later.of(message, this.messages));
  }

  // Draws a message anew that something was done to.
  again(sid) {
    const message = this.messages.get(sid);
    const shown = this.rows.get(sid);
    if (!message || !shown) return;
    const row = this.row(message);
    shown.replaceWith(row);
    this.rows.set(sid, row);
    this.join();
  }

  /** Takes what time it is at the provider, as milliseconds ahead of this machine's clock. */
  keepTime(time) {
    this.time = time;
    this.window();
  }

  // How long the business may still write freely.
  window() {
    const inbound = [...this.messages.values()].filter((m) => m.direction === "inbound");
    const words = windowWords(inbound, Date.now() + this.time.ahead, this.time.faults);
    const line = this.find(".window");
    line.textContent = words.text;
    line.classList.toggle("is-closed", words.closed);
  }

  /** Answers a message, or, with nothing, none. */
  quote(message) {
    this.answered = message;
    this.find(".answering").hidden = !message;
    if (!message) return;
    this.find(".answering-words").textContent = gist(message);
    this.find("textarea").focus();
  }

  /** The business types, for a while. */
  startTyping() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.stopTyping(), TYPING_MS);
    this.presence();
    if (!this.dots) {
      const stays = this.isAtEnd();
      this.dots = element("div", "", "row theirs typing");
      const box = element("div", "", "bubble dots");
      box.setAttribute("aria-hidden", "true");
      box.append(element("i"), element("i"), element("i"));
      this.dots.append(box);
      this.find(".log").append(this.dots);
      if (stays) this.toEnd();
    }
  }

  stopTyping() {
    clearTimeout(this.typing);
    this.typing = undefined;
    this.dots?.remove();
    this.dots = undefined;
    this.presence();
  }

  setOffline(offline) {
    this.find(".offline").hidden = !offline;
  }

  /** What arrived and was not opened. */
  unread() {
    const all = [...this.messages.values()];
    return all.filter((m) => m.direction === "outbound" && m.status !== "read").length;
  }

  /** Tells the provider that what arrived is read, if somebody can see it. */
  look() {
    const visible = document.visibilityState === "visible" && this.slot.offsetParent !== null;
    const arrived = [...this.messages.values()].some(
      (m) => m.direction === "outbound" && m.status === "delivered",
    );
    if (visible && arrived) this.calls.read(this.person.number, this.provider);
  }

  /** Shows why something did not work, until the next time. */
  complain(problem) {
    const alert = this.find(".alert");
    alert.textContent = problem;
    alert.hidden = !problem;
  }

  listen() {
    const text = this.find("textarea");
    const log = this.find(".log");
    text.addEventListener("input", () => this.fit());
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.find(".composer").requestSubmit();
      }
    });
    this.find(".composer").addEventListener("submit", (event) => {
      event.preventDefault();
      const body = text.value;
      text.value = "";
      this.fit();
      text.focus();
      this.send(body).catch((error) => {
        text.value = body;
        this.fit();
        this.complain(error.message);
      });
    });
    log.addEventListener("scroll", () => {
      if (this.isAtEnd()) this.count(0);
    });
    new ResizeObserver(() => {
      if (this.stuck) log.scrollTop = log.scrollHeight;
    }).observe(log);
    this.find(".to-end").addEventListener("click", () => this.toEnd());
    this.find(".attach").addEventListener("click", () => attach(this));
    this.find(".answering-end").addEventListener("click", () => this.quote(null));
    this.find(".sheet").addEventListener("click", (event) => {
      if (event.target === event.currentTarget) event.currentTarget.close();
    });
    setInterval(() => this.window(), 20_000);
    this.find(".back").addEventListener("click", () => this.closePage());
    this.find(".browser").addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.closePage();
    });
    this.find(".browser-frame").addEventListener("load", (event) => {
      // A page that forbids being framed leaves an error page of the browser's own behind.
      const blocked = !this.find(".browser").hidden && event.target.contentDocument === null;
      this.find(".browser-problem").hidden = !blocked;
    });
  }

  /** Sends anything but words, and says so if that doesn't work. */
  deliver(body, content, reply) {
    this.send(body, content, reply).catch((error) => this.complain(error.message));
  }

  /** Hands a file to the provider, and sends it with the words that are written so far. */
  async sendFile(file, kind) {
    const type = file.type.split("/")[0];
    const media = kind ?? (["image", "audio", "video"].includes(type) ? type : "document");
    const text = this.find("textarea");
    try {
      const { id } = await this.calls.upload(file, this.provider);
      const caption = ["audio", "voice", "sticker"].includes(media) ? "" : text.value;
      await this.send(caption, { kind: "media", media, id });
      if (caption) {
        text.value = "";
        this.fit();
      }
    } catch (error) {
      this.complain(error.message);
    }
  }

  async send(body, content = { kind: "text" }, reply = this.answered?.sid) {
    if (content.kind === "text" && !body.trim()) return;
    this.complain("");
    this.quote(null);
    const waiting = element("div");
    if (content.kind === "text") {
      const at = new Date(Date.now() + this.time.ahead).toISOString();
      const pending = { sid: "", direction: "inbound", body, content, status: "pending", at };
      waiting.append(...bubble(pending, this.acts()).childNodes);
      waiting.className = "row mine";
    }
    this.find(".log").append(waiting);
    this.toEnd();
    try {
      const message = await this.calls.send({
        from: this.person.number,
        name: this.person.name,
        provider: this.provider,
        shown: this.shown,
        reply_to: reply,
        body,
        content,
      });
      waiting.remove();
      if (!this.messages.has(message.sid)) this.take([message]);
    } finally {
      waiting.remove();
      this.join();
    }
  }

  acts() {
    return {
      retry: (sid) => this.calls.retry(sid).catch((error) => this.complain(error.message)),
      media: (sid) => this.calls.media(sid),
      more: (message) => actions(this, message),
      list: (message) => list(this, message),
      press: (message, { id, title }) => {
        const template = message.content.kind === "template";
        const content = template ? { kind: "quick_reply", payload: id } : { kind: "button_reply", id };
        this.deliver(title, content, message.sid);
      },
      link: (anchor) => this.inside(anchor),
    };
  }

  // A link to an approval opens on the phone, as in an app; held keys still open a tab.
  inside(anchor) {
    const url = new URL(anchor.href);
    const here = (host) => LOOPBACK.includes(host);
    const same =
      url.origin === location.origin ||
      (url.port === location.port && here(url.hostname) && here(location.hostname));
    if (!same || !url.pathname.startsWith("/approvals/")) return;
    anchor.classList.add("inside");
    anchor.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.openPage(new URL(url.pathname + url.search, location.origin), anchor);
    });
  }

  openPage(url, from) {
    this.openedFrom = from;
    this.find(".browser-frame").src = url.href;
    this.find(".browser-address").textContent = url.host;
    this.find(".new-tab").href = url.href;
    this.find(".browser-problem").hidden = true;
    this.find(".browser").hidden = false;
    this.find(".back").focus();
  }

  closePage() {
    if (this.find(".browser").hidden) return;
    this.find(".browser").hidden = true;
    this.find(".browser-frame").src = "about:blank";
    this.openedFrom?.focus();
  }

  addChips(chips) {
    const group = this.find(".chips");
    group.hidden = chips.length === 0;
    for (const body of chips) {
      const chip = element("button", body, "chip");
      chip.type = "button";
      chip.addEventListener("click", () => {
        this.send(body).catch((error) => this.complain(error.message));
      });
      group.append(chip);
    }
  }

  presence() {
    const words = this.typing ? "typing…" : this.business.number;
    this.find(".presence").textContent = words;
    this.find(".presence").classList.toggle("is-typing", Boolean(this.typing));
  }

  separateDay(message, log) {
    const date = new Date(message.at);
    const day = date.toDateString();
    if (day === this.lastDay) return;
    this.lastDay = day;
    log.append(element("p", dayName(date), "day"));
  }

  // Bubbles of one side that follow each other stand closer, and only the first has a tail.
  join() {
    const log = this.find(".log");
    if (this.dots) log.append(this.dots);
    let before = "";
    for (const node of log.children) {
      const side = node.classList.contains("row") ? node.className.split(" ")[1] : "";
      node.classList.toggle("follows", side !== "" && side === before);
      before = side;
    }
  }

  isAtEnd() {
    const log = this.find(".log");
    this.stuck = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    return this.stuck;
  }

  toEnd() {
    const log = this.find(".log");
    this.join();
    log.scrollTop = log.scrollHeight;
    this.stuck = true;
    this.count(0);
  }

  count(unseen) {
    this.unseen = unseen;
    this.find(".to-end").hidden = unseen === 0;
    this.find(".to-end-count").textContent = String(unseen);
  }

  fit() {
    const text = this.find("textarea");
    this.find(".send").disabled = !text.value.trim();
    // The height is set by the number of rows, as a style attribute would be.
    text.rows = 1;
    while (text.rows < 5 && text.scrollHeight > text.clientHeight + 1) text.rows += 1;
  }
}

function reached(message) {
  return ["delivered", "read", "played"].includes(message.status);
}
