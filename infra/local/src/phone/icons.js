// Drawings with one stroke: they look the same with every font, and stand beside words.

const PATHS = {
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.2v.1",
  sound: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-2.5-2.5M19 16a2.5 2.5 0 1 1-2.5-2.5",
  voice: "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  document: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  sticker: "M5 5h14v8l-6 6H5zM13 19v-6h6",
  camera: "M4 8h4l1.5-2h5L16 8h4v11H4zM12 10.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  place: "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 7.5a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  contact: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20c.8-3.6 4-5 7.5-5s6.7 1.4 7.5 5",
  order: "M4 5h2l2.2 10h9L19.5 8H7M10 19.2v.1M16 19.2v.1",
  poll: "M5 20V11M12 20V5M19 20v-6",
  hello: "M5 5h14v10h-8l-4 4v-4H5zM9 10h6",
  number: "M10 4 8 20M16 4l-2 16M5 9h15M4 15h15",
  reply: "M10 7 5 12l5 5M5.5 12H14a5 5 0 0 1 5 5v1",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
};

/** The drawing of this name. It says nothing to who can't see it. */
export function icon(name) {
  const image = svg("0 0 24 24", PATHS[name]);
  image.classList.add("icon");
  image.setAttribute("aria-hidden", "true");
  return image;
}

/** One path as an image. */
export function svg(viewBox, path) {
  const space = "http://www.w3.org/2000/svg";
  const image = document.createElementNS(space, "svg");
  image.setAttribute("viewBox", viewBox);
  const stroke = document.createElementNS(space, "path");
  stroke.setAttribute("d", path);
  image.append(stroke);
  return image;
}
