// Asks the server what it reads: one request at a time, the newest picture wins, trouble is waited out.

const PAUSE = 30; // ms between two requests, so that a busy pen is not a flood
const PATIENCE = 10_000; // ms until a silent server counts as gone
const RATE = 32; // bytes a ms that a picture must travel at, as the server has it
const WAITS = [500, 1000, 2000, 4000, 8000]; // ms between attempts to reach it again
const KEY = "mnist-api-key";

/** Calls back: waits(whether), answered(answer), refused(sentence), trouble(sentence), keyNeeded(sentence), well(). */
export class Reader {
  #on;
  #wanted = null; // the newest job that has no answer
  #flight = new AbortController();
  #running = false;
  #failures = 0;
  #wake = () => {};
  #key = storedKey();

  constructor(callbacks) {
    this.#on = callbacks;
    addEventListener("online", () => this.#wake());
  }

  /**
   * Asks for a job's answer. When its turn comes, its method `picture` gives the picture, and `explains` tells whether the
   * answer is to be explained.
   */
  read(job) {
    this.#want(job);
    this.#run();
  }

  /** Drops what was asked: its answer will not be told, however late it comes. */
  forget() {
    this.#want(null);
    this.#flight.abort();
  }

  /** Whether this tab was given an API key, now or before it was reloaded. */
  get hasKey() {
    return this.#key !== null;
  }

  /** Goes on with an API key, which the browser forgets with this tab. */
  useKey(key) {
    this.#key = key;
    try {
      sessionStorage.setItem(KEY, key);
    } catch {
      // Storage is switched off: the key lasts until the page is loaded again.
    }
    this.#wake();
  }

  #want(job) {
    this.#wanted = job;
    this.#on.waits(job !== null);
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    while (this.#wanted || this.#failures) {
      const job = this.#wanted;
      this.#flight = new AbortController();
      const { signal } = this.#flight;
      await this.#sleep(job ? await this.#attempt(job, signal) : await this.#probe());
    }
    this.#running = false;
  }

  /** Sends one picture. Returns how many ms to wait for what comes next. */
  async #attempt(job, signal) {
    let response, body;
    try {
      const picture = await job.picture();
      response = await fetch(`predict?seen=true&explain=${job.explains()}`, {
        method: "POST",
        body: picture,
        headers: { "Content-Type": "application/octet-stream", ...(this.#key && { "X-API-Key": this.#key }) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE + picture.size / RATE)]),
      });
      const sent = response.json();
      body = await (response.ok ? sent : sent.catch(() => ({}))); // a proxy's errors are seldom JSON
    } catch {
      return signal.aborted ? 0 : this.#away();
    }
    if (signal.aborted) return 0;
    if (response.status === 401) return this.#askForKey();
    if (response.status === 503 || response.status === 429) return this.#busy(response);
    if ([502, 504].includes(response.status)) return this.#away();
    this.#well();
    if (this.#wanted === job) this.#want(null);
    if (response.ok) this.#on.answered(body);
    else this.#on.refused(body.error ?? `The server answered with status ${response.status}.`);
    return PAUSE;
  }

  /** Looks whether the server is back, when there is nothing to read. */
  async #probe() {
    try {
      const response = await fetch("v2/health/live", { signal: AbortSignal.timeout(PATIENCE) });
      if (!response.ok) return this.#away();
    } catch {
      return this.#away();
    }
    this.#well();
    return PAUSE;
  }

  #away() {
    this.#on.trouble("The server doesn’t answer. Your drawing is safe; trying again…");
    return WAITS[Math.min(this.#failures++, WAITS.length - 1)];
  }

  #busy(response) {
    this.#failures = 1;
    this.#on.trouble("The server is busy. Your drawing is safe; trying again…");
    return 1000 * (Number(response.headers.get("Retry-After")) || 1);
  }

  #askForKey() {
    this.#on.keyNeeded(this.#key === null ? "This server asks for an API key." : "The server didn’t accept that key.");
    return Infinity;
  }

  #well() {
    this.#failures = 0;
    this.#on.well();
  }

  #sleep(ms) {
    return new Promise((done) => {
      this.#wake = done;
      if (ms < Infinity) setTimeout(done, ms);
    });
  }
}

function storedKey() {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}
