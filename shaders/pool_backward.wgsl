// The gradient of each token of a weighted sum: the gradient of the sum times the token's weight.
//: use grid, lane, texts

@group(0) @binding(0) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> hidden_gradient: array<Lane>;
@group(0) @binding(3) var<storage, read> texts: Texts;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= texts.count * texts.length * texts.lanes) {
        return;
    }
    let token = i / texts.lanes;
    let text = token / texts.length;
    hidden_gradient[i] = weights[token] * gradient[text * texts.lanes + i % texts.lanes];
}
