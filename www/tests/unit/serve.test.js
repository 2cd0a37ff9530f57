// The server of the README's examples, which any page in a browser can send requests to.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { it } from "node:test";
import { fileURLToPath } from "node:url";

import { serve } from "../../scripts/serve.js";

/** As it stands, where `fetch` would mend or refuse the address; gives the status. */
function ask(port, target) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "localhost", () => socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
    let answer = "";
    socket.setEncoding("utf8").on("data", (text) => (answer += text));
    socket.on("error", reject).on("close", () => resolve(Number(answer.split(" ")[1])));
  });
}

it("answers addresses that cannot be read, and goes on", async () => {
  const { address, close } = await serve(fileURLToPath(new URL("..", import.meta.url)));
  const { port } = new URL(address);
  try {
    for (const target of ["/%", "/%00", "/a%00b", "/%c0%af", "/%ff", "//", "http://[", "*", "/..%2f..%2f..%2f..%2fetc/passwd"]) {
      assert.ok([400, 404].includes(await ask(port, target)), target);
    }
    assert.equal(await ask(port, "/unit/serve.test.js"), 200);
  } finally {
    close();
  }
});
