// The weighted sum of a text's tokens: output[text] = sum over tokens of weights[text, token] * hidden[text, token].
//: use grid, lane, texts

@group(0) @binding(0) var<storage, read_write> hidden: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> output: array<Lane>;
@group(0) @binding(3) var<storage, read> texts: Texts;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= texts.count * texts.lanes) {
        return;
    }
    let token = i / texts.lanes * texts.length;
    let lane = i % texts.lanes;
    var sum = Lane(0.0);
    for (var t = 0u; t < texts.length; t++) {
        sum += weights[token + t] * hidden[(token + t) * texts.lanes + lane];
    }
    output[i] = sum;
}
