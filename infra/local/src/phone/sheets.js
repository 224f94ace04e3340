// What opens over a chat: what can be attached, what can be done with a message, and lists.

import { element } from "/phone/format.js";
import { icon } from "/phone/icons.js";
import { gist, press } from "/phone/parts.js";

const EMOJI = ["👍", "❤️", "😂", "😮", "🙏"];
const SHOWN = [
  ["both", "Number and user id"],
  ["user_id", "User id alone (a username)"],
  ["number", "Number alone (as before 2026)"],
];

/** Opens a chat's sheet with a heading and nodes. Focus goes to the first that can have it. */
export function open(chat, heading, nodes) {
  const dialog = chat.find(".sheet");
  dialog.querySelector("h3").textContent = heading;
  dialog.querySelector(".sheet-body").replaceChildren(...nodes);
  if (!dialog.open) dialog.showModal();
}

function close(chat) {
  chat.find(".sheet").close();
}

/** What a person can send beside words. */
export function attach(chat) {
  const pick = (drawing, label, accept, kind) =>
    item(drawing, label, () => {
      const input = element("input");
      input.type = "file";
      input.accept = accept;
      input.addEventListener("change", () => {
        close(chat);
        if (input.files[0]) chat.sendFile(input.files[0], kind);
      });
      input.click();
    });
  const nodes = [
    pick("picture", "Photo or video", "image/*,video/*"),
    item("camera", "Drawn photo", () => drawn(chat)),
    pick("voice", "Voice note", "audio/*", "voice"),
    pick("sound", "Sound", "audio/*"),
    pick("document", "Document", ""),
    pick("sticker", "Sticker", "image/webp,image/png", "sticker"),
    item("place", "Place", () => place(chat)),
    item("contact", "Contact", () => contact(chat)),
  ];
  if (chat.provider === "meta") {
    nodes.push(
      item("order", "Order", () => order(chat)),
      item("poll", "Poll", () => now(chat, { kind: "unsupported" })),
      item("hello", "First visit", () => now(chat, { kind: "request_welcome" })),
      item("number", "Change number", () => renumber(chat)),
    );
  }
  const grid = element("div", "", "grid");
  grid.append(...nodes);
  open(chat, "Send", chat.provider === "meta" ? [grid, shown(chat)] : [grid]);
}

/** What can be done with a message, and what is known of it. */
export function actions(chat, message) {
  const mine = message.direction === "inbound";
  const nodes = [];
  if (chat.provider === "meta") {
    const row = element("div", "", "emoji-row");
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "React");
    const content = { kind: "reaction", to: message.sid };
    for (const emoji of EMOJI) {
      row.append(press(emoji, () => now(chat, content, emoji), "emoji"));
    }
    const nothing = press("✕", () => now(chat, content, ""), "emoji");
    nothing.setAttribute("aria-label", "Take my reaction back");
    row.append(nothing);
    nodes.push(row);
  }
  nodes.push(
    item("reply", "Reply", () => {
      close(chat);
      chat.quote(message);
    }),
  );
  if (mine && chat.provider === "meta") {
    if (message.content.kind === "text") {
      nodes.push(
        form([["Words", "text", message.body]], "Change them", ([body]) =>
          now(chat, { kind: "edit", of: message.sid }, body),
        ),
      );
    }
    nodes.push(item("bin", "Delete for everyone", () => now(chat, { kind: "revoke", of: message.sid })));
  }
  const facts = element("dl", "", "facts");
  const known = [
    ["Status", message.error_code ? `${message.status}, ${message.error_code}` : message.status],
    ["Id", message.sid],
    ["Our reference", message.reference],
    ["Time", new Date(message.at).toLocaleString()],
  ];
  for (const [name, value] of known) {
    if (value) facts.append(element("dt", name), element("dd", value));
  }
  nodes.push(facts);
  open(chat, gist(message).slice(0, 80), nodes);
}

/** The rows of a list, to choose one. */
export function list(chat, message) {
  const nodes = [];
  for (const { title, rows } of message.content.sections) {
    if (title) nodes.push(element("h4", title, "sheet-part"));
    for (const row of rows) {
      const choose = item(null, row.title, () =>
        now(chat, { kind: "list_reply", id: row.id, description: row.description }, row.title, message.sid),
      );
      if (row.description) {
        choose.lastChild.append(element("span", row.description, "item-more"));
      }
      nodes.push(choose);
    }
  }
  open(chat, message.content.button, nodes);
}

function now(chat, content, body = "", reply = undefined) {
  close(chat);
  chat.deliver(body, content, reply);
}

function item(drawing, words, act) {
  const button = press("", act, "item");
  if (drawing) button.append(icon(drawing));
  button.append(element("span", words));
  return button;
}

function place(chat) {
  const fields = [
    ["Name", "text", "Kigali Heights"],
    ["Degrees north", "text", "-1.9536"],
    ["Degrees east", "text", "30.0935"],
  ];
  const send = ([name, north, east]) => {
    const [latitude, longitude] = [Number(north), Number(east)];
    if (!north || !east || !(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) {
      return "Write degrees as numbers, such as -1.95.";
    }
    return now(chat, { kind: "location", latitude, longitude, name });
  };
  open(chat, "A place", [form(fields, "Send", send)]);
}

function contact(chat) {
  const fields = [
    ["Name", "text", "Jean Bosco"],
    ["Number", "tel", "+250 788 000 101"],
  ];
  const send = ([name, phone]) =>
    name.trim()
      ? now(chat, { kind: "contacts", contacts: [{ name, phones: [phone] }] })
      : "Write a name.";
  open(chat, "A contact", [form(fields, "Send", send)]);
}

function order(chat) {
  const fields = [
    ["Product", "text", "ABC123"],
    ["How many", "number", "2"],
    ["Price of one", "text", "4500"],
    ["Currency", "text", "RWF"],
    ["Note", "text", ""],
  ];
  const send = ([product, count, price, currency, note]) => {
    const quantity = Number(count);
    if (!(Number.isInteger(quantity) && quantity > 0)) return "Write how many as a whole number.";
    const items = [{ product, quantity, price, currency }];
    return now(chat, { kind: "order", catalog_id: "demo", items }, note);
  };
  open(chat, "An order", [form(fields, "Send", send)]);
}

function renumber(chat) {
  const send = ([number]) => {
    const digits = number.replace(/\D/g, "");
    if (!/^[1-9]\d{6,14}$/.test(digits)) return "Write the number with its country code.";
    const words = `${chat.person.name || chat.person.number} changed from ${chat.person.number}.`;
    return now(chat, { kind: "number_changed", new_wa_id: digits }, words);
  };
  open(chat, "A new number", [form([["New number", "tel", "+250788000999"]], "Change it", send)]);
}

function shown(chat) {
  const label = element("label", "What the business sees of me ", "item-field");
  const select = element("select");
  for (const [value, words] of SHOWN) {
    const option = element("option", words);
    option.value = value;
    select.append(option);
  }
  select.value = chat.shown;
  select.addEventListener("change", () => {
    chat.shown = select.value;
  });
  label.append(select);
  return label;
}

// Fields, a button, and what is wrong with them: `act` gives a sentence if something is.
function form(fields, words, act) {
  const box = element("div", "", "sheet-form");
  const inputs = fields.map(([name, type, value]) => {
    const label = element("label", name);
    const input = element("input");
    input.type = type;
    input.value = value;
    label.append(input);
    box.append(label);
    return input;
  });
  const problem = element("p", "", "other-problem");
  problem.setAttribute("role", "alert");
  problem.hidden = true;
  const go = () => {
    const wrong = act(inputs.map((input) => input.value.trim()));
    problem.textContent = wrong ?? "";
    problem.hidden = !wrong;
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      go();
    }
  });
  box.append(problem, press(words, go, "use-other"));
  return box;
}

// A picture to send where there is none at hand: a shelf label with a bar code.
function drawn(chat) {
  close(chat);
  const canvas = element("canvas");
  [canvas.width, canvas.height] = [640, 420];
  const draw = canvas.getContext("2d");
  const fill = (colour, ...box) => {
    draw.fillStyle = colour;
    draw.fillRect(...box);
  };
  fill("#c9b79a", 0, 0, 640, 420);
  fill("#fffdf6", 60, 70, 520, 280);
  fill("#1d2529", 60, 70, 520, 64);
  draw.fillStyle = "#ffffff";
  draw.font = "600 34px sans-serif";
  draw.fillText("SKU ABC123", 84, 114);
  draw.fillStyle = "#1d2529";
  draw.font = "28px sans-serif";
  draw.fillText("12 in stock", 84, 190);
  for (let x = 84; x < 540; x += 3 + ((x * 7) % 9)) fill("#1d2529", x, 230, 2 + ((x * 5) % 5), 90);
  canvas.toBlob((blob) => chat.sendFile(new File([blob], "shelf.png", { type: "image/png" })), "image/png");
}
