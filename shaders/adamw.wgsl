// One step of AdamW on the clipped gradient, in place.
@group(0) @binding(0) var<storage, read_write> weight: array<Lane>;
@group(0) @binding(1) var<storage, read_write> gradient: array<Lane>;
@group(0) @binding(2) var<storage, read_write> first: array<Lane>;
@group(0) @binding(3) var<storage, read_write> second: array<Lane>;
@group(0) @binding(4) var<storage, read_write> norm: Norm;
@group(0) @binding(5) var<storage, read> hyper: Hyper;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = flat_index(id, groups);
    if (i >= hyper.count || norm.finite == 0.0) {
        return;
    }
    let next = adamw(Adam(weight[i], first[i], second[i]), gradient[i] * norm.scale, hyper);
    weight[i] = next.weight;
    first[i] = next.first;
    second[i] = next.second;
}
