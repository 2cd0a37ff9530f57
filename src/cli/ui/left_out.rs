/// Parts of www/site that the program does not serve: the engine and the model, which it has itself, and the page of a
/// browser's own engine.
const LEFT_OUT: [&str; 4] = ["subtune/wasm", "subtune/models", "index.html", "sw.js"];
