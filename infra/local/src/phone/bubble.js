// One message as it stands in a chat, seen from the phone of the person who reads it.

import { element, formatted } from "/phone/format.js";

const TICKS = {
  pending: ["Waiting to be sent", "M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM8 5.4V8.2l1.9 1.2"],
  queued: ["Waiting to be sent", "M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM8 5.4V8.2l1.9 1.2"],
  sent: ["Sent", "M4 8.4l2.8 2.8L12.6 5"],
  delivered: ["Delivered", "M1.5 8.4l2.8 2.8L10.1 5M7.7 10.7l.6.5L14.1 5"],
  read: ["Read", "M1.5 8.4l2.8 2.8L10.1 5M7.7 10.7l.6.5L14.1 5"],
  undelivered: ["Not delivered", "M8 4.2v4.6M8 11.3v.1"],
  failed: ["Not delivered", "M8 4.2v4.6M8 11.3v.1"],
};

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** The row of a message. `acts` has `link(anchor)`, `retry(sid)` and `media(sid)`. */
export function bubble(message, acts) {
  const mine = message.direction === "inbound";
  const row = element("div", "", `row ${mine ? "mine" : "theirs"}`);
  row.dataset.sid = message.sid;
  const box = element("div", "", "bubble");
  box.append(element("span", mine ? "You: " : "", "visually-hidden"));
  if (message.media_url) box.append(card(message, acts));
  if (message.body) {
    const text = element("span", "", "text");
    text.dir = "auto";
    text.append(formatted(message.body, acts.link));
    box.append(text);
  }
  box.append(meta(message, mine));
  row.append(box);
  if (message.problem) row.append(problem(message, acts));
  return row;
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

function meta(message, mine) {
  const line = element("span", "", "meta");
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

function card(message, acts) {
  const a = element("a", "", "card");
  a.href = message.media_url;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  const name = element("span", nameOf(message.media_url), "card-name");
  const kind = element("span", kindOf(name.textContent), "card-kind");
  const size = element("span", kind.textContent || "File", "card-size");
  const words = element("span", "", "card-words");
  words.append(name, size);
  kind.setAttribute("aria-hidden", "true");
  const open = element("span", "Open", "card-open");
  a.append(kind, words, open);
  acts.media(message.sid).then((media) => {
    if (media.filename) {
      name.textContent = media.filename;
      kind.textContent = kindOf(media.filename);
    }
    const parts = [media.size === null ? "" : bytes(media.size), kind.textContent];
    size.textContent = media.error ? "No longer there" : parts.filter(Boolean).join(" · ");
  });
  return a;
}

function nameOf(address) {
  try {
    const url = new URL(address);
    // A presigned link says what the file is to be called.
    const disposition = url.searchParams.get("response-content-disposition") ?? "";
    const named = disposition.match(/filename="?([^";]+)/)?.[1];
    return named ?? (decodeURIComponent(url.pathname.split("/").pop()) || "Document");
  } catch {
    return "Document";
  }
}

function kindOf(name) {
  const extension = name.match(/\.([A-Za-z0-9]{1,5})$/)?.[1] ?? "";
  return extension.toUpperCase();
}

function bytes(size) {
  if (size < 1000) return `${size} B`;
  const [value, unit] = size < 1_000_000 ? [size / 1000, "kB"] : [size / 1_000_000, "MB"];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

function svg(viewBox, path) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  image.setAttribute("viewBox", viewBox);
  const stroke = document.createElementNS(space, "path");
  stroke.setAttribute("d", path);
  image.append(stroke);
  return image;
}
