import { EngineCrashed } from "../errors.js";
import { decode, encode } from "./wire.js";

/** A function of the program or of one of its objects, as the page calls it. */
export interface Call {
  /** The object; `null` for none. */
  on: number | null;
  name: string;
  arguments: unknown[];
}

/** The program `subtune ui`, which serves this page. Everything it does needs the secret of its process. */
export class Program {
  readonly #address: string | URL;
  readonly #secret: string;
  #connection: Promise<Connection> | undefined;

  /** @param address - that of its page */
  constructor(address: string | URL, secret: string) {
    this.#address = address;
    this.#secret = secret;
  }

  /** A connection for the calls of an engine: the one there is, or a new one. Rejects if the program does not answer. */
  connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: Error) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  /** Asks for a kept file or folder. */
  async kept(name: string, ...given: unknown[]): Promise<unknown> {
    return this.#ask("api/kept", { on: null, name, arguments: given }, {});
  }

  async #open(): Promise<Connection> {
    const page = { "x-subtune-page": crypto.randomUUID() };
    const { body } = await this.#fetch("api/page", { headers: page });
    const connection = new Connection((call) => this.#ask("api/call", call, page));
    // it lasts as long as this page, and so tells the program that the page is there
    void body
      ?.pipeTo(new WritableStream())
      .catch(() => undefined)
      .then(() => {
        connection.isLost = true;
        this.#connection = undefined;
      });
    return connection;
  }

  async #ask(path: string, call: Call, headers: Record<string, string>): Promise<unknown> {
    const response = await this.#fetch(path, { method: "POST", body: await encode(call), headers });
    const body = await response.arrayBuffer().catch((error: Error) => {
      throw gone(error);
    });
    return decode(body);
  }

  async #fetch(path: string, { headers, ...init }: { method?: string; body?: Blob; headers: Record<string, string> }): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.#address), { ...init, headers: { ...headers, "x-subtune-secret": this.#secret } });
    } catch (error) {
      throw gone(error as Error);
    }
    if (response.ok) return response;
    const why = (await response.text().catch(() => "")).trim();
    throw new EngineCrashed(`subtune ui refused: ${why || `status ${response.status}`}`);
  }
}

/** The connection of this page. What the page has in the program lives as long as it. */
export class Connection {
  isLost = false;
  readonly #ask: (call: Call) => Promise<unknown>;

  constructor(ask: (call: Call) => Promise<unknown>) {
    this.#ask = ask;
  }

  async ask(call: Call): Promise<unknown> {
    if (this.isLost) throw gone();
    return this.#ask(call);
  }
}

function gone(cause?: Error): EngineCrashed {
  return new EngineCrashed("subtune ui does not answer; if it has ended, start it again and open the address that it prints", { cause });
}

let found: Program | undefined;

/** The program that serves this page, if one does: its page says so, and the address has the secret. */
export function program(): Program | undefined {
  const { document, location } = globalThis;
  if (!document?.querySelector?.('meta[name="subtune-engine"][content="program"]')) return undefined;
  found ??= new Program(document.baseURI, location.hash.slice(1));
  return found;
}

/** Where things are kept, in words. */
export function here(): string {
  return program() ? "on this machine" : "in this browser";
}
