// A Bernoulli mask, 32 entries a word: one draw for each run of `stride` entries, four draws a counter.
//: use grid, philox

struct Draw {
    count: u32,       // entries
    stride: u32,      // entries that share a draw
    threshold: u32,   // a draw, of 24 bits, is kept if it is below this
    stream: u32,
    step: u32,
    matrix: u32,
    seed_low: u32,
    seed_high: u32,
}

@group(0) @binding(0) var<storage, read_write> mask: array<u32>;
@group(0) @binding(1) var<storage, read> draw: Draw;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let word = flat_index(id, groups);
    if (word * 32u >= draw.count) {
        return;
    }
    let end = min(draw.count, word * 32u + 32u);
    let seed = vec2<u32>(draw.seed_low, draw.seed_high);
    var drawn = 0xffffffffu;
    var words = vec4<u32>(0u);
    var bits = 0u;
    for (var i = word * 32u; i < end; i++) {
        let run = i / draw.stride;
        if (run / 4u != drawn) {
            drawn = run / 4u;
            words = philox4x32(vec4<u32>(drawn, draw.stream, draw.step, draw.matrix), seed);
        }
        bits |= select(0u, 1u, (words[run % 4u] >> 8u) < draw.threshold) << (i % 32u);
    }
    mask[word] = bits;
}
