// The provider's switches: what goes wrong, and what time it is.

import { element } from "/phone/format.js";
import { press } from "/phone/parts.js";

const FAULTS = [
  ["duplicate", "Duplicate", "every webhook comes twice"],
  ["reorder", "Reorder", "a later message comes first, statuses backwards"],
  ["delay_statuses", "Delay statuses", "they come when this is switched off"],
  ["drop_answers", "Drop the answer after sending", "nobody knows what became of a send"],
  ["too_many_requests", "Answer 429", "a send is refused for now"],
  ["server_errors", "Answer 500", "a send is not taken"],
  ["window", "24-hour window", "free text only after a person wrote"],
  ["closed_window", "Closed window", "free text never goes out"],
];
const WINDS = [
  [1, "+1 hour"],
  [24, "+24 hours"],
  [168, "+7 days"],
];

/** The controls behind the bar's button. `changed` gets their state, and does so at once. */
export class Controls {
  constructor(call, changed) {
    this.call = call;
    this.changed = changed;
    this.dialog = document.querySelector(".controls");
    this.button = document.querySelector(".open-controls");
    this.button.addEventListener("click", () => {
      this.load();
      this.dialog.showModal();
    });
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    this.build();
    this.load();
  }

  build() {
    const faults = this.dialog.querySelector(".faults");
    for (const [name, words, more] of FAULTS) {
      const label = element("label", "", "fault");
      const box = element("input");
      box.type = "checkbox";
      box.name = name;
      box.setAttribute("role", "switch");
      box.addEventListener("change", () => this.change({ faults: this.chosen() }));
      const text = element("span", "", "fault-words");
      text.append(element("strong", words), element("span", more));
      label.append(box, text);
      faults.append(label);
    }
    const winds = this.dialog.querySelector(".winds");
    for (const [hours, words] of WINDS) {
      winds.append(press(words, () => this.change({ forward_hours: hours }), "chip"));
    }
  }

  chosen() {
    return [...this.dialog.querySelectorAll(".fault input:checked")].map((box) => box.name);
  }

  load() {
    this.call("/sim/controls").then((state) => this.take(state), () => {});
  }

  change(what) {
    const problem = this.dialog.querySelector(".controls-problem");
    problem.hidden = true;
    this.call("/sim/controls", what).then(
      (state) => this.take(state),
      (error) => {
        problem.textContent = error.message;
        problem.hidden = false;
        this.load();
      },
    );
  }

  take(state) {
    for (const box of this.dialog.querySelectorAll(".fault input")) {
      box.checked = state.faults.includes(box.name);
    }
    const now = new Date(state.now);
    this.dialog.querySelector(".now").textContent = now.toLocaleString([], {
      dateStyle: "full",
      timeStyle: "short",
    });
    this.dialog.querySelector(".clock").hidden = !state.winds;
    // The window is as providers have it, and no fault.
    const count = state.faults.filter((name) => name !== "window").length;
    this.button.classList.toggle("is-on", count > 0);
    this.button.setAttribute("aria-label", count ? `Provider: ${count} switches on` : "Provider");
    this.changed({ ahead: now - Date.now(), faults: state.faults });
  }
}
