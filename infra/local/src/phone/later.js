// What is done to messages after they were sent: reactions, other words, taking them back. And what
// an earlier one means for later: how long the business may write freely.

const DAY_MS = 24 * 3_600_000;

/** What was done to the messages of one chat, by their sids. */
export class Later {
  reactions = new Map();
  edited = new Map();
  revoked = new Set();

  /** Takes a message that does something to another, and gives the other's sid; else nothing. */
  take(message) {
    const { kind, to, of } = message.content ?? {};
    if (kind === "reaction") {
      const all = this.reactions.get(to) ?? {};
      all[message.direction] = message.body;
      this.reactions.set(to, all);
      return to;
    }
    if (kind === "edit") this.edited.set(of, message.body);
    if (kind === "revoke") this.revoked.add(of);
    return of;
  }

  /** What a bubble shows of it. */
  of(message, messages) {
    return {
      reactions: this.reactions.get(message.sid),
      edited: this.edited.get(message.sid),
      revoked: this.revoked.has(message.sid),
      quoted: messages.get(message.reply_to),
    };
  }
}

/** What to say of the 24 hours after a person's last message. */
export function windowWords(inbound, now, faults) {
  const last = Math.max(0, ...inbound.map((message) => Date.parse(message.at)));
  const left = last + DAY_MS - now;
  if (faults.includes("closed_window")) return { closed: true, text: "24-hour window: closed by a switch" };
  if (!last) return { closed: true, text: "24-hour window: closed, nothing was written yet" };
  if (left <= 0) return { closed: true, text: "24-hour window: closed, only templates go out" };
  const minutes = Math.ceil(Math.min(left, DAY_MS) / 60_000);
  const words = minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return { closed: false, text: `24-hour window: open for ${words}` };
}
