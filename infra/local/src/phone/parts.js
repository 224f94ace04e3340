// What a message has beside its words, as nodes: files, places, entries of an address book, orders,
// and what can be pressed.

import { element } from "/phone/format.js";
import { icon } from "/phone/icons.js";

/** The part above the words, if the kind has one. */
export function part(message, acts) {
  const content = message.content ?? { kind: "text" };
  switch (content.kind) {
    case "media":
      return media(message, content, acts);
    case "location":
      return place(content);
    case "contacts":
      return people(content.contacts);
    case "order":
      return order(content);
    case "buttons":
    case "list":
      return content.header ? element("strong", content.header, "part-head") : null;
    case "template":
      return element("span", `Template ${content.name}`, "part-label");
    case "button_reply":
    case "quick_reply":
      return element("span", "Pressed", "part-label");
    case "list_reply":
      return element("span", "Chosen", "part-label");
    case "flow_reply":
      return element("span", `Form ${content.name}`, "part-label");
    default:
      return message.media_url ? card(message, acts) : null;
  }
}

/** What stands grey below the words. */
export function footer(message) {
  const words = message.content?.footer ?? message.content?.description;
  return words ? element("span", words, "part-foot") : null;
}

/** What can be pressed below the bubble, if anything. */
export function choices(message, acts) {
  const content = message.content ?? {};
  if (message.direction !== "outbound") return null;
  const strip = element("div", "", "choices");
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "Answers");
  if (content.kind === "list") {
    strip.append(press(content.button, () => acts.list(message), "choice opens"));
  }
  for (const choice of content.buttons ?? []) {
    strip.append(press(choice.title, () => acts.press(message, choice), "choice"));
  }
  return strip.children.length ? strip : null;
}

/** The line that stands in a chat for what is no message of a person's, or nothing. */
export function notice(message) {
  const by = message.content?.kind;
  if (by === "number_changed") return `${message.body} Now +${message.content.new_wa_id}.`;
  if (by === "request_welcome") return "Opened the chat for the first time";
  if (by === "unsupported") return "Sent something WhatsApp doesn't pass on, such as a poll";
  return "";
}

/** A few words that stand for a message where it is quoted. */
export function gist(message) {
  if (!message) return "A message that isn't here";
  const kind = message.content?.kind ?? "text";
  if (message.body) return message.body;
  return kind === "media" ? names[message.content.media] : kind.replaceAll("_", " ");
}

/** A button. */
export function press(words, act, className) {
  const button = element("button", words, className);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

const names = {
  image: "Photo",
  audio: "Sound",
  voice: "Voice note",
  video: "Video",
  document: "Document",
  sticker: "Sticker",
};

function media(message, content, acts) {
  const kind = shownAs(content);
  const address = `/sim/messages/${encodeURIComponent(message.sid)}/file`;
  if (kind === "image" || kind === "sticker") {
    const a = opens(address, kind);
    const image = element("img");
    image.alt = message.body ? "" : names[kind];
    image.loading = "lazy";
    image.src = address;
    a.setAttribute("aria-label", `${names[kind]}, open`);
    a.append(image);
    image.addEventListener("error", () => a.replaceWith(card(message, acts)));
    return a;
  }
  if (kind === "document") return card(message, acts);
  const player = element(kind === "video" ? "video" : "audio", "", `player ${kind}`);
  player.controls = true;
  player.preload = "metadata";
  player.setAttribute("aria-label", names[kind]);
  player.src = address;
  if (kind !== "voice") return player;
  const box = element("span", "", "voice-note");
  box.append(icon("voice"), player);
  return box;
}

// Twilio doesn't say how a file is to be shown: its type does.
function shownAs({ media, media_type }) {
  const type = media_type?.split("/")[0];
  return media === "document" && ["image", "audio", "video"].includes(type) && !media_type.includes("svg")
    ? type
    : media;
}

function opens(address, className) {
  const a = element("a", "", className);
  a.href = address;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  return a;
}

function place({ latitude, longitude, name, address }) {
  const box = element("span", "", "place");
  const words = element("span", "", "card-words");
  words.append(element("strong", name || "A place"));
  if (address) words.append(element("span", address, "card-size"));
  words.append(element("span", `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`, "card-size"));
  box.append(icon("place"), words);
  return box;
}

function people(contacts) {
  const box = element("span", "", "contacts");
  for (const { name, phones } of contacts) {
    const words = element("span", "", "card-words");
    words.append(element("strong", name), element("span", phones.join(", "), "card-size"));
    const line = element("span", "", "contact");
    line.append(icon("contact"), words);
    box.append(line);
  }
  return box;
}

function order({ items }) {
  const box = element("span", "", "order");
  box.append(element("strong", "Order"));
  for (const { product, quantity, price, currency } of items) {
    box.append(element("span", `${quantity} × ${product}, ${price} ${currency} each`));
  }
  return box;
}

function card(message, acts) {
  const a = opens(`/sim/messages/${encodeURIComponent(message.sid)}/file`, "card");
  const given = message.content?.filename;
  const name = element("span", given ?? nameOf(message.media_url), "card-name");
  const kind = element("span", kindOf(name.textContent), "card-kind");
  const size = element("span", kind.textContent || "File", "card-size");
  const words = element("span", "", "card-words");
  words.append(name, size);
  kind.setAttribute("aria-hidden", "true");
  const open = element("span", "Open", "card-open");
  a.append(kind, words, open);
  acts.media(message.sid).then((found) => {
    if (found.filename) {
      name.textContent = found.filename;
      kind.textContent = kindOf(found.filename);
    }
    const parts = [found.size === null ? "" : bytes(found.size), kind.textContent];
    size.textContent = found.error ? "No longer there" : parts.filter(Boolean).join(" · ");
  });
  return a;
}

function nameOf(address) {
  try {
    const url = new URL(address, location.href);
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
