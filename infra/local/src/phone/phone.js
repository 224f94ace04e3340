// The phones of a customer and an approver, fed by the simulator under /sim.

import { Chat } from "/phone/chat.js";
import { Controls } from "/phone/controls.js";
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
const PROVIDERS = { twilio: "Twilio", meta: "Meta" };
const THEMES = ["auto", "light", "dark"];

const main = document.querySelector(".phones");
/** Everything said, by sid, in the order it was said. */
const said = new Map();
const chats = [];

/** Hands a file to the provider, and gives its id. */
function upload(file, provider) {
  const query = new URLSearchParams({ provider, filename: file.name });
  return request(`/sim/media?${query}`, {
    method: "POST",
    headers: { "Content-Type": file.type || "application/octet-stream" },
    body: file,
  });
}

/** Calls the simulator. */
function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  return request(path, options);
}

// The simulator's errors say what to do, and come out as one sentence.
async function request(path, options) {
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
  upload: (file, provider) => upload(file, provider),
  retry: (sid) => call(`/sim/messages/${encodeURIComponent(sid)}/retry`, {}),
  media: (sid) =>
    call(`/sim/messages/${encodeURIComponent(sid)}/media`).catch((error) => ({ error, size: null })),
  read: (phone, provider) => call("/sim/read", { phone, provider }).catch(() => {}),
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
      const types = news.typing.some(
        ({ phone, provider }) => phone === chat.person.number && provider === chat.provider,
      );
      if (types) chat.startTyping();
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

/** The numbers that the phones write to, one for each provider. */
function providers(businesses, chosen) {
  const group = document.querySelector(".providers");
  group.hidden = businesses.length < 2;
  const turn = (business) => {
    for (const button of group.children) {
      button.setAttribute("aria-pressed", String(button.dataset.provider === business.provider));
    }
    kept.set("provider", business.provider);
    for (const chat of chats) {
      if (chat.provider !== business.provider) chat.through(business, [...said.values()]);
    }
    badges();
  };
  const buttons = businesses.map((business) => {
    const button = element("button", PROVIDERS[business.provider]);
    button.type = "button";
    button.dataset.provider = business.provider;
    button.title = business.number;
    button.addEventListener("click", () => turn(business));
    return button;
  });
  group.replaceChildren(...buttons);
  turn(chosen);
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
  const { businesses, people } = await call("/sim/people");
  const before = businesses.find(({ provider }) => provider === kept.get("provider"));
  const business = before ?? businesses[0];
  main.replaceChildren();
  document.title = `${business.name} · phone`;
  for (const phone of ROLES) {
    // Without approvers there is nothing to show a second phone for.
    const wanted = phone.role === "customer" || people.some((p) => p.role === phone.role);
    if (wanted) addPhone(phone, business, people);
  }
  document.querySelector(".switch").hidden = chats.length < 2;
  providers(businesses, business);
  new Controls(call, (time) => chats.forEach((chat) => chat.keepTime(time)));
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
