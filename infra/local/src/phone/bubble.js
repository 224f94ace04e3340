// One message as it stands in a chat, seen from the phone of the person who reads it.

import { element, formatted } from "/phone/format.js";
import { svg } from "/phone/icons.js";
import { choices, footer, gist, notice, part, press } from "/phone/parts.js";

const TICKS = {
  pending: ["Waiting to be sent", "M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM8 5.4V8.2l1.9 1.2"],
  queued: ["Waiting to be sent", "M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM8 5.4V8.2l1.9 1.2"],
  sent: ["Sent", "M4 8.4l2.8 2.8L12.6 5"],
  delivered: ["Delivered", "M1.5 8.4l2.8 2.8L10.1 5M7.7 10.7l.6.5L14.1 5"],
  played: ["Played", "M1.5 8.4l2.8 2.8L10.1 5M7.7 10.7l.6.5L14.1 5"],
  read: ["Read", "M1.5 8.4l2.8 2.8L10.1 5M7.7 10.7l.6.5L14.1 5"],
  undelivered: ["Not delivered", "M8 4.2v4.6M8 11.3v.1"],
  failed: ["Not delivered", "M8 4.2v4.6M8 11.3v.1"],
};

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/**
 * The row of a message, with what was done to it later: `reactions`, the `edited` words, `revoked`,
 * and the message that it answers, `quoted`. `acts` has `link(anchor)`, `retry(sid)`, `media(sid)`,
 * `list(message)`, `press(message, choice)` and `more(message)`.
 */
export function bubble(message, acts, later = {}) {
  const mine = message.direction === "inbound";
  const said = notice(message);
  if (said) {
    const line = element("div", "", "row notice-row");
    line.dataset.sid = message.sid;
    line.append(element("p", said, "day"));
    return line;
  }
  const row = element("div", "", `row ${mine ? "mine" : "theirs"}`);
  row.dataset.sid = message.sid;
  const box = element("div", "", "bubble");
  if (message.content?.media === "sticker") box.classList.add("bare");
  box.append(element("span", mine ? "You: " : "", "visually-hidden"));
  if (later.revoked) {
    box.append(element("em", "This message was deleted", "revoked"));
  } else {
    if (message.reply_to) box.append(quote(later.quoted));
    box.append(...[part(message, acts)].filter(Boolean));
    const words = later.edited ?? message.body;
    if (words) {
      const text = element("span", "", "text");
      text.dir = "auto";
      text.append(formatted(words, acts.link));
      box.append(text);
    }
    box.append(...[footer(message)].filter(Boolean));
  }
  box.append(meta(message, mine, later.edited));
  if (message.sid) {
    const more = press("", () => acts.more(message), "more");
    more.setAttribute("aria-label", "What can be done with this message");
    box.append(more);
  }
  row.append(box);
  const below = later.revoked ? null : choices(message, acts);
  if (below) row.append(below);
  const emoji = [...new Set(Object.values(later.reactions ?? {}))].filter(Boolean);
  if (emoji.length) {
    const badge = element("span", emoji.join(""), "reactions");
    badge.setAttribute("aria-label", `Reactions: ${emoji.join(" ")}`);
    badge.setAttribute("role", "img");
    row.append(badge);
  }
  if (message.problem) row.append(problem(message, acts));
  return row;
}

function quote(quoted) {
  const box = element("span", gist(quoted).slice(0, 160), "quoted");
  box.setAttribute("aria-label", `In answer to: ${box.textContent}`);
  return box;
}

/** The same moment's day in the reader's time zone, as a word or a date. */
export function dayName(date, now = new Date()) {
  const day = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
  const ago = Math.round((day(now) - day(date)) / 86_400_000);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  const names = ago > 1 && ago < 7 ? { weekday: "long" } : { dateStyle: "long" };
  return new Intl.DateTimeFormat(undefined, names).format(date);
}

function meta(message, mine, edited) {
  const line = element("span", "", "meta");
  if (edited !== undefined) line.append(element("span", "Edited"));
  const time = element("time", TIME.format(new Date(message.at)));
  time.dateTime = message.at;
  line.append(time);
  // As on WhatsApp, only what one wrote oneself has ticks.
  if (mine) line.append(ticks(message.status));
  return line;
}

function ticks(status) {
  const [label, path] = TICKS[status];
  const image = svg("0 0 16 16", path);
  image.classList.add("ticks", status);
  image.setAttribute("role", "img");
  image.setAttribute("aria-label", label);
  return image;
}

function problem(message, acts) {
  const line = element("p", message.problem, "problem");
  const again = element("button", "Try again");
  again.type = "button";
  again.addEventListener("click", () => acts.retry(message.sid));
  line.append(" ", again);
  return line;
}
