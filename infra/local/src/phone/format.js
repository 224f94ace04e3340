// WhatsApp's markup as DOM nodes. A message's text only ever becomes text nodes, so nothing a
// person writes can become markup.

const BLOCK = /```([\s\S]+?)```/g;

// A mark opens before a character that is no space and after none that is a letter or digit, and
// closes the other way round: `2 * 3 * 4` and `snake_case_name` stay as they are.
const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "(?<url>https?:\\/\\/[^\\s<>\"]+)",
    "(?<![\\p{L}\\p{N}])(?<mark>[*_~])(?=\\S)(?<inner>[^\\n]*?\\S)\\k<mark>(?![\\p{L}\\p{N}])",
  ].join("|"),
  "gu",
);

const TAG = { "*": "strong", _: "em", "~": "s" };

/** The message as nodes. `link` may change each anchor, which has its href. */
export function formatted(text, link) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const block of text.matchAll(BLOCK)) {
    nodes.append(lines(text.slice(from, block.index), link));
    nodes.append(element("code", block[1].replace(/^\n|\n$/g, ""), "block"));
    from = block.index + block[0].length;
  }
  nodes.append(lines(text.slice(from), link));
  return nodes;
}

function lines(text, link) {
  const nodes = document.createDocumentFragment();
  text.split("\n").forEach((line, number) => {
    if (number > 0) nodes.append("\n");
    const quoted = /^> (?=\S)/.test(line);
    const plain = quoted ? line.slice(2) : line.replace(/^[-*] (?=\S)/, "• ");
    if (quoted) {
      const quote = element("span", "", "quote");
      quote.append(inline(plain, link));
      nodes.append(quote);
    } else {
      nodes.append(inline(plain, link));
    }
  });
  return nodes;
}

function inline(text, link) {
  const nodes = document.createDocumentFragment();
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.append(text.slice(from, found.index));
    from = found.index + found[0].length;
    const { code, url, mark, inner } = found.groups;
    if (code !== undefined) {
      nodes.append(element("code", code));
    } else if (url !== undefined) {
      const address = withoutPunctuation(url);
      nodes.append(anchor(address, link), url.slice(address.length));
    } else {
      const styled = document.createElement(TAG[mark]);
      styled.append(inline(inner, link));
      nodes.append(styled);
    }
  }
  nodes.append(text.slice(from));
  return nodes;
}

// A full stop after an address ends the sentence. Underscores and dashes may end a token.
function withoutPunctuation(url) {
  const address = url.replace(/[.,;:!?'"]+$/, "");
  const closes = address.endsWith(")") && !address.includes("(");
  return closes ? withoutPunctuation(address.slice(0, -1)) : address;
}

function anchor(address, link) {
  const a = element("a", address);
  a.href = address;
  a.target = "_blank";
  a.rel = "noopener noreferrer";
  link?.(a);
  return a;
}

/** An element with text, and a class if one is given. */
export function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** One or two letters that stand for a name. */
export function initials(name) {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? ["?"];
  const last = words.length > 1 ? words[words.length - 1] : "";
  return [words[0], last].map((word) => [...word][0] ?? "").join("").toUpperCase();
}
