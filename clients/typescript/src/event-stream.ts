/** Server-Sent Events, as the HTML standard says they are to be read. */

const MOST = 4 * 1024 * 1024;

/** Makes events of pieces of bytes, wherever these were cut. */
export class EventStream {
  /** What the other side asked for. */
  retrySeconds: number | undefined;
  #decoder = new TextDecoder();
  #rest = "";
  #data: string[] = [];
  #id: string | undefined;

  constructor(
    /** Where to go on: `id` of the last event that came whole, also of one without data. */
    public lastId: string,
  ) {}

  /** The data of the events that end in this piece. */
  read(piece: Uint8Array): string[] {
    this.#rest += this.#decoder.decode(piece, { stream: true });
    const found: string[] = [];
    const end = /\r\n|\n|\r/g;
    let place = 0;
    for (let match = end.exec(this.#rest); match; match = end.exec(this.#rest)) {
      if (match[0] === "\r" && end.lastIndex === this.#rest.length) break; // a line feed may follow
      this.#line(this.#rest.slice(place, match.index), found);
      place = end.lastIndex;
    }
    this.#rest = this.#rest.slice(place);
    if (this.#rest.length + this.#data.reduce((sum, each) => sum + each.length, 0) > MOST) {
      throw new RangeError("an event without an end");
    }
    return found;
  }

  /** The connection ended: what came of an event that is not whole is forgotten. */
  broken(): void {
    this.#decoder = new TextDecoder();
    this.#rest = "";
    this.#data = [];
    this.#id = undefined;
  }

  #line(line: string, found: string[]): void {
    if (!line) {
      if (this.#id !== undefined) this.lastId = this.#id;
      if (this.#data.length) found.push(this.#data.join("\n"));
      this.#id = undefined;
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#id = value;
    else if (name === "retry" && /^[0-9]{1,9}$/.test(value)) this.retrySeconds = Number(value) / 1000;
  }
}
