// The phones of a customer and an approver, fed by the simulator under /sim.

import { Chat } from "/phone/chat.js";
import { element, initials } from "/phone/format.js";

const CHIPS = ["stock ABC123", "alerts", "sales report for last week", "help"];
const ROLES = [
  {
    role: "customer",
    caption: "Customer's phone",
    word: "Customer",
    empty: "Write a message, or tap one of those below.",
    chips: CHIPS,
  },
  {
    role: "approver",
    caption: "Approver's phone",
    word: "Approver",
    empty: "What an agent wants countersigned arrives here.",
    chips: [],
  },
];
const THEMES = ["auto", "light", "dark"];

const main = document.querySelector(".phones");
/** Everything said, by sid, in the order it was said. */
const said = new Map();
const chats = [];

/** Calls the simulator. Its errors say what to do, and come out as one sentence. */
async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await fetch(path, options).catch(() => {
    throw new Error("The local stack doesn't answer. Is cargo dev running?");
  });
  const text = await answer.text();
  const value = text && answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : {};
  if (answer.ok) return value;
  throw new Error(value.error ? `${value.error}. ${value.hint}` : `The stack answered ${answer.status}.`);
}

const calls = {
  send: (message) => call("/sim/messages", message),
  retry: (sid) => call(`/sim/messages/${sid}/retry`, {}),
  media: (sid) => call(`/sim/messages/${sid}/media`).catch((error) => ({ error, size: null })),
  read: (phone) => call("/sim/read", { phone }).catch(() => {}),
};

/** Local storage, which a browser may forbid. */
const kept = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(`countersign.${key}`));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`countersign.${key}`, JSON.stringify(value));
    } catch {
      // The choice then lasts as long as the page.
    }
  },
};

function feed() {
  const source = new EventSource("/sim/events");
  source.addEventListener("open", () => chats.forEach((chat) => chat.setOffline(false)));
  source.addEventListener("news", (event) => {
    const news = JSON.parse(event.data);
    if (news.complete) {
      said.clear();
      chats.forEach((chat) => chat.clear());
    }
    news.messages.forEach((message) => said.set(message.sid, message));
    for (const chat of chats) {
      chat.take(news.messages);
      if (news.typing.some(({ phone }) => phone === chat.person.number)) chat.startTyping();
    }
    badges();
  });
  source.addEventListener("error", () => {
    chats.forEach((chat) => chat.setOffline(true));
    // The browser tries again by itself unless it was answered with an error.
    if (source.readyState === EventSource.CLOSED) setTimeout(feed, 2000);
  });
}

function addPhone({ role, caption, word, empty, chips }, business, people) {
  const chat = new Chat({ role, caption, empty, business, chips, calls });
  const theirs = people.filter((person) => person.role === role);
  const before = kept.get(role);
  chats.push(chat);
  main.append(chat.slot);
  chooser(chat, theirs);
  chat.show(before ?? theirs[0] ?? { name: "", number: "+15550100123" }, [...said.values()]);
  const button = element("button", word);
  button.type = "button";
  button.append(element("span", "", "badge"));
  button.addEventListener("click", () => turnTo(role));
  button.dataset.role = role;
  document.querySelector(".switch").append(button);
}

function chooser(chat, people) {
  const dialog = chat.find(".people");
  const use = (person) => {
    kept.set(chat.role, person);
    dialog.close();
    chat.show(person, [...said.values()]);
    badges();
  };
  for (const person of people) {
    const choice = element("button", "", "person");
    choice.type = "button";
    const avatar = element("span", initials(person.name), "avatar");
    avatar.setAttribute("aria-hidden", "true");
    const words = element("span", "", "person-words");
    words.append(element("strong", person.name), element("span", person.number));
    choice.append(avatar, words);
    choice.addEventListener("click", () => use(person));
    choice.dataset.number = person.number;
    const item = element("li");
    item.append(choice);
    chat.find(".people-list").append(item);
  }
  chat.find(".me").addEventListener("click", () => {
    for (const choice of dialog.querySelectorAll(".person")) {
      choice.setAttribute("aria-current", String(choice.dataset.number === chat.person.number));
    }
    dialog.showModal();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  const useOther = () => {
    const number = chat.find(".other-number").value.replace(/[\s()-]/g, "");
    const problem = chat.find(".other-problem");
    problem.hidden = /^\+[1-9]\d{6,14}$/.test(number);
    problem.textContent = "Write the number with + and the country code, such as +4915123456789.";
    if (problem.hidden) use({ name: chat.find(".other-name").value.trim(), number });
  };
  chat.find(".use-other").addEventListener("click", useOther);
  chat.find(".other").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.tagName === "INPUT") {
      event.preventDefault();
      useOther();
    }
  });
}

/** On a narrow screen one phone is shown. */
function turnTo(role) {
  document.body.dataset.shown = role;
  kept.set("shown", role);
  for (const button of document.querySelectorAll(".switch button")) {
    button.setAttribute("aria-pressed", String(button.dataset.role === role));
  }
  for (const chat of chats) {
    if (chat.role === role) {
      chat.toEnd();
      chat.look();
    }
  }
  badges();
}

function badges() {
  for (const chat of chats) {
    const count = chat.unread();
    const badge = document.querySelector(`.switch [data-role="${chat.role}"] .badge`);
    badge.textContent = count ? String(count) : "";
    badge.hidden = count === 0;
    badge.setAttribute("aria-label", `${count} unread`);
  }
}

function theme(name) {
  const button = document.querySelector(".theme");
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  button.dataset.theme = name;
  button.setAttribute("aria-label", `Colours: ${name}. Change`);
  button.title = `Colours: ${name}`;
  kept.set("theme", name);
}

async function start() {
  const chosen = kept.get("theme");
  theme(THEMES.includes(chosen) ? chosen : "auto");
  document.querySelector(".theme").addEventListener("click", (event) => {
    const now = THEMES.indexOf(event.currentTarget.dataset.theme);
    theme(THEMES[(now + 1) % THEMES.length]);
  });
  const { business, people } = await call("/sim/people");
  main.replaceChildren();
  document.title = `${business.name} · phone`;
  for (const phone of ROLES) {
    // Without approvers there is nothing to show a second phone for.
    const wanted = phone.role === "customer" || people.some((p) => p.role === phone.role);
    if (wanted) addPhone(phone, business, people);
  }
  document.querySelector(".switch").hidden = chats.length < 2;
  turnTo(chats.some((chat) => chat.role === kept.get("shown")) ? kept.get("shown") : "customer");
  main.removeAttribute("aria-busy");
  document.addEventListener("visibilitychange", () => chats.forEach((chat) => chat.look()));
  feed();
}

function begin() {
  start().catch((error) => {
    main.replaceChildren(element("p", error.message, "notice"));
    // The page may have been opened before the stack was up.
    setTimeout(begin, 2000);
  });
}

begin();
