// The recordings that other tests play (tests/engine) still have the shape of what the engine says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, it } from "node:test";

import { CASES } from "../engine/cases.js";
import { unpack } from "../engine/packing.js";
import { record } from "../engine/recorder.js";

const recording = (name) => unpack(JSON.parse(readFileSync(new URL(`../engine/recordings/${name}.json`, import.meta.url), "utf8")));
const AGAIN = "node tests/engine/record.js writes the recordings anew; see whether the tests still pass with them";

/** Which keys a value has, and values of which kind, at every depth. A list has the shapes of its entries. */
function shape(value) {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(shape(one))))].sort();
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

/** The keys of an event by its type, other than `null` for what was not there. */
function keysByType(runs) {
  const keys = {};
  for (const event of runs.flatMap(({ happened, stopped }) => [...happened, ...(stopped?.happened ?? [])].flat())) {
    const kind = "mean_squared_error" in event ? `${event.type} of numbers` : event.type;
    (keys[kind] ??= new Set()).add(Object.keys(event).sort().join());
  }
  return keys;
}

describe("the recordings", () => {
  let fresh;
  before(async () => (fresh = await record(CASES.unit)));

  it("are of what the engine still says, in the same order", () => {
    const known = recording("unit");
    assert.deepEqual(Object.keys(known).sort(), Object.keys(fresh).sort(), AGAIN);
    for (const part of Object.keys(known)) {
      if (part === "runs") continue;
      // files have other sizes whenever a text in them changes
      const same = (value) => (part === "exported" ? Object.keys(value) : shape(value));
      assert.deepEqual(same(known[part]), same(fresh[part]), `${part}: ${AGAIN}`);
    }
    for (const [at, run] of fresh.runs.entries()) {
      const types = ({ happened }) => happened.map((events) => events.map(({ type }) => type));
      assert.deepEqual(types(known.runs[at]), types(run), `run ${at}: ${AGAIN}`);
      assert.deepEqual(shape(known.runs[at]), shape(run), `run ${at}: ${AGAIN}`);
    }
  });

  it("of the page have no event or answer with other keys", () => {
    const [page, known] = [recording("page"), keysByType(fresh.runs)];
    for (const [type, found] of Object.entries(keysByType(page.runs))) {
      for (const keys of found) assert.ok(known[type]?.has(keys), `an event "${type}" with the keys ${keys}: ${AGAIN}`);
    }
    const answers = ({ inspections }) => inspections.flatMap(({ answer }) => answer ?? []);
    const [{ content, ...inspection }] = answers(fresh);
    for (const { content: found, ...answer } of answers(page)) {
      assert.deepEqual(Object.keys(answer), Object.keys(inspection), AGAIN);
      if (found) assert.deepEqual(Object.keys(found), Object.keys(content), AGAIN);
    }
    assert.deepEqual(shape(page.loaded.model), shape(fresh.loaded.model), AGAIN);
  });
});
